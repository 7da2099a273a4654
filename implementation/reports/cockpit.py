"""The project manager's cockpit: what waits, what is at risk, how are we doing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from docs_site.models import SignatureRequest
from foundation.reading import answer_of, read_together
from implementation.models import (
    Gate,
    GateCriterion,
    GatePassage,
    GateReading,
    Milestone,
    Phase,
    PhaseState,
    RegisterEntry,
    Rollout,
    TeamRole,
    Vacancy,
    Verdict,
    Waiver,
    Wave,
    readings_of,
    vacancies,
)

STATE_TONES = {PhaseState.PASSED: "good", PhaseState.RUNNING: "info", PhaseState.LATE: "bad", PhaseState.AHEAD: "neutral"}
VERDICT_TONES = {Verdict.READY: "good", Verdict.READY_WITH_RISKS: "watch", Verdict.NOT_READY: "bad"}


@dataclass(frozen=True)
class PhaseLine:
    """A phase on the track: state, gate, and what the gate says now or said when it was passed."""

    phase: Phase
    state: PhaseState
    gate: Gate
    passage: GatePassage | None
    reading: GateReading | None

    @property
    def tone(self) -> str:
        return STATE_TONES[self.state]

    @property
    def verdict(self) -> Verdict | None:
        """As frozen when passed, as read today otherwise; none where the phase has not come near."""
        if self.passage is not None:
            return Verdict(self.passage.verdict)
        return self.reading.verdict if self.reading else None

    @property
    def is_pressing(self) -> bool:
        """Whether something keeps the gate of a phase shut that has begun."""
        return bool(self.reading and self.reading.blocking and self.state in (PhaseState.RUNNING, PhaseState.LATE))

    @property
    def verdict_tone(self) -> str:
        return VERDICT_TONES[self.verdict] if self.verdict else "neutral"

    @property
    def verdict_label(self) -> str:
        return str(self.verdict.label) if self.verdict else ""


@dataclass(frozen=True)
class Decision:
    """What waits for one person's word: a gate, a question or a signature, and since when."""

    kind: str
    title: str
    url: str
    since: date
    days: int
    tone: str = "info"


@dataclass
class Cockpit:
    """Everything the rollout's home says."""

    rollout: Rollout
    today: date
    tracks: list[tuple[Wave | None, list[PhaseLine]]] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    overdue: list[RegisterEntry] = field(default_factory=list)
    empty_roles: list[Vacancy] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[PhaseLine]:
        return [line for _wave, lines in self.tracks for line in lines]

    @property
    def current(self) -> PhaseLine | None:
        """The first phase that is neither passed nor ahead, else the first not passed."""
        shut = [line for line in self.lines if line.passage is None]
        return next((line for line in shut if line.state != PhaseState.AHEAD), shut[0] if shut else None)

    @property
    def days_to_go_live(self) -> int:
        """From today to the expected go-live; negative when it is over."""
        return (self.go_live_expected - self.today).days

    @property
    def go_live_expected(self) -> date:
        """The forecast of the whole rollout's go-live phase, the plan where nobody forecasts otherwise."""
        phase = next((line.phase for line in self.lines if line.phase.kind == "go_live" and line.phase.wave_id is None), None)
        return phase.expected_end if phase else self.rollout.go_live_on

    @property
    def go_live_slip(self) -> int:
        return (self.go_live_expected - self.rollout.go_live_on).days

    @property
    def has_risks(self) -> bool:
        """Whether anything stands in the way: shut gates that are near, late dates, overdue documents, waivers, vacancies."""
        blocking = any(line.is_pressing for line in self.lines)
        return bool(blocking or self.late_milestones or self.overdue or self.waivers or self.empty_roles)

    @property
    def next_milestones(self) -> list[Milestone]:
        """Not reached yet, the nearest first."""
        return sorted((one for one in self.milestones if one.actual_on is None), key=lambda one: one.expected_on)[:6]

    @property
    def late_milestones(self) -> list[Milestone]:
        """Not reached and either overdue or forecast behind the plan."""
        return [one for one in self.milestones if one.actual_on is None and (one.is_overdue(self.today) or one.slip > 0)]


def phase_lines(rollout: Rollout, today: date, *, read: str = "near") -> list[PhaseLine]:
    """The phases with their gates; ``read`` says which shut gates are read live: ``near`` (begun, or next), ``all`` or ``none``."""
    phases = list(rollout.phases.with_gate())
    near = _near(phases, today) if read == "near" else set()
    for phase in phases:
        phase.rollout = rollout
    wanted = [phase.gate for phase in phases if phase.gate.standing_passage is None and (read == "all" or phase.pk in near)]
    readings = {reading.gate.pk: reading for reading in answer_of(readings_of(wanted, today))}
    return [PhaseLine(phase, phase.state_on(today), phase.gate, phase.gate.standing_passage, readings.get(phase.gate.pk)) for phase in phases]


def _near(phases: Iterable[Phase], today: date) -> set[int]:
    """Per track: the phases that have begun, and the first one ahead."""
    found: set[int] = set()
    ahead: set[int | None] = set()
    for phase in phases:
        if phase.actual_start or phase.planned_start <= today:
            found.add(phase.pk)
        elif phase.wave_id not in ahead:
            ahead.add(phase.wave_id)
            found.add(phase.pk)
    return found


def cockpit_of(rollout: Rollout, today: date) -> Cockpit:
    """Read everything for the rollout's home; the number of queries depends on phases and criteria, not on rows."""
    lines = phase_lines(rollout, today)
    tracks: dict[int | None, tuple[Wave | None, list[PhaseLine]]] = {}
    for line in lines:
        tracks.setdefault(line.phase.wave_id, (line.phase.wave, []))[1].append(line)
    entries, milestones = rollout.register.with_documents(), rollout.milestones.select_related("phase__wave", "owner")
    standing = Waiver.objects.standing().filter(criterion__gate__phase__rollout=rollout).of_shut_gates()
    waivers = standing.select_related("criterion__gate__phase__wave", "owner").order_by("expires_on")
    read_together(entries, milestones, waivers)
    signed = sum(entry.is_signed for entry in entries)
    return Cockpit(
        rollout=rollout,
        today=today,
        tracks=list(tracks.values()),
        milestones=list(milestones),
        overdue=[entry for entry in entries if entry.is_overdue(today)],
        empty_roles=vacancies(rollout, today),
        waivers=list(waivers),
        decisions=decisions_of(rollout, lines, today),
        counts={
            "gates": len(lines),
            "passed": sum(line.passage is not None for line in lines),
            "milestones": len(milestones),
            "reached": sum(one.actual_on is not None for one in milestones),
            "documents": len(entries),
            "signed": signed,
        },
    )


def decisions_of(rollout: Rollout, lines: Iterable[PhaseLine], today: date) -> list[Decision]:
    """What waits on the sponsor: gates that may be passed, questions without an answer, signatures; the oldest first."""
    found = []
    for line in lines:
        if line.reading and line.verdict in (Verdict.READY, Verdict.READY_WITH_RISKS):
            found.append(_decision("gate", str(line.gate), line.gate.get_absolute_url(), line.gate.held_on, today, line.verdict_tone))
    near = [line.gate.pk for line in lines if line.reading]
    questions = GateCriterion.objects.filter(gate__in=near, check_key=GateCriterion.MANUAL, answerer=rollout.sponsor_id, answers__isnull=True)
    questions = questions.select_related("gate__phase__wave")
    requests = SignatureRequest.objects.filter(
        signer=rollout.sponsor_id, signature__isnull=True, version__state="in_review", version__document__register_entries__rollout=rollout
    )
    requests = requests.select_related("version__document").defer("version__content").distinct()
    read_together(questions, requests)
    for criterion in questions:
        found.append(_decision("question", str(criterion), criterion.gate.get_absolute_url(), criterion.gate.held_on, today))
    for request in requests:
        since = timezone.localdate(request.asked_at) if isinstance(request.asked_at, datetime) else request.asked_at
        found.append(_decision("signature", str(request.version.document), request.version.get_absolute_url(), since, today))
    return sorted(found, key=lambda one: one.since)


def _decision(kind: str, title: str, url: str, since: date, today: date, tone: str = "info") -> Decision:
    return Decision(kind, title, url, since, max(0, (today - since).days), tone)


def roles_of(rollout: Rollout, user: Any, today: date) -> list[TeamRole]:
    """The roles that a person holds in the rollout today."""
    return [TeamRole(role) for role in rollout.team.on(today).filter(user=user).values_list("role", flat=True)]
