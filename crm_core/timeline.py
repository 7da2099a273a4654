"""One timeline over what happened at a customer: activities, deals, owners, finished tasks, contacts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.models import Account, AccountContact, Activity, BillingProfile, Contact, Opportunity, Outcome, Ownership, PoolEventKind, StageMove, Task
from crm_core.pool_words import RULES, because
from crm_core.searching import stands_read
from crm_core.veils import is_own, policy, reads_all_words, reads_task, sees_all, veiled_text, veiled_values, veiled_words, with_own
from foundation.people.models import User
from foundation.reading import read_together

ICONS = {"call": "phone", "visit": "walk", "meeting": "users", "mail": "mail", "message": "message", "note": "note"}
SHOWS = (
    ("", gettext_lazy("Everything")),
    ("activity", gettext_lazy("Activities")),
    ("deal", gettext_lazy("Opportunities")),
    ("task", gettext_lazy("Tasks")),
    ("owner", gettext_lazy("Owners")),
)


def shows() -> list[tuple[str, Any]]:
    """The kinds by which a timeline is narrowed, those of other apps last."""
    return [*SHOWS, *((told["show"], told["label"]) for told in settings.ACCOUNT_TIMELINE)]


PAGE = 50
OWNER_NAME = ("owner__display_name", "owner__username")


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see of a timeline: a kind, what one person did, a period, free words."""

    show: str = ""
    who: int | None = None
    since: date | None = None
    until: date | None = None
    words: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the kind is asked for."""
        return bool(self.who or self.since or self.until or self.words)

    def narrow(self, rows: Any, *, at: str, who: tuple[str, ...], texts: tuple[str, ...], before: datetime | None) -> Any:
        """The rows of one source that fit: ``at`` is its moment, ``who`` its people, ``texts`` its words."""
        if before:
            rows = rows.filter(**{f"{at}__lt": before})
        if self.since:
            rows = rows.filter(**{f"{at}__gte": _midnight(self.since)})
        if self.until:
            rows = rows.filter(**{f"{at}__lt": _midnight(self.until + timedelta(days=1))})
        if self.who:
            rows = rows.filter(_any(who, "", self.who))
        for word in self.words.split()[:8]:
            rows = rows.filter(_any(texts, "__icontains", word))
        return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _any(paths: tuple[str, ...], lookup: str, value: Any) -> Q:
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{path}{lookup}": value})
    return found


EVERYTHING = Asked()


@dataclass(frozen=True)
class Source:
    """One kind of thing that a timeline tells of: its rows, and how they read."""

    rows: Any
    show: Callable[[Iterable[Any]], list[dict[str, Any]]]

    def items(self) -> list[dict[str, Any]]:
        """The rows in words."""
        return self.show(self.rows)


class Sight:
    """Free words at a customer as somebody reads them: known values masked, and numbers and addresses that nobody noted as somebody's; the own words whole."""

    def __init__(self, by: User, asked: "Asked" = EVERYTHING, secrets: Callable[[], list[tuple[str, str]]] | None = None):
        self.by, self.asked, self.secrets = by, asked, secrets

    def said(self, text: str, *, own: bool = False) -> str:
        """A text as it reads."""
        return text if own or self.secrets is None else veiled_words(veiled_text(text, self.secrets()), self.by, own=False)

    def source(self, rows: Any, item: Callable[[Any], dict[str, Any]], read: Callable[[Any], list[str]]) -> Source:
        """Rows of a timeline: where what was asked for may stand under a mask, as many are read as it takes to find those that read so."""
        words = self.asked.words.split()[:8]
        if not words or self.secrets is None:
            return Source(rows[:PAGE], lambda found: [item(row) for row in found])
        return Source(rows.iterator(chunk_size=200), lambda found: [item(row) for row in islice((row for row in found if stands_read(words, read(row))), PAGE)])

    def is_deal_own(self, deal: Opportunity) -> bool:
        """Whether the deal is the reader's, whose words are read whole then."""
        return policy().own_shown and deal.owner_id == self.by.pk


class TimelineReading:
    """The latest 50 things at an account that the reader may see and asked for; its ``parts`` are read together with the rest of the page."""

    def __init__(self, account: Account, *, by: User, asked: Asked = EVERYTHING, before: datetime | None = None):
        self.account, self.asked, self.before, show = account, asked, before, asked.show
        # Whether the reader sees values of the account masked, wherever somebody wrote them down: then its people have to be known.
        self.is_masked = not (reads_all_words(by) or is_own(account, by))
        known = Contact.objects.filter(pk__in=AccountContact.objects.filter(account=account).values("contact")).order_by("name_key", "pk")
        self.people = with_own(known, by)  # everybody who ever was a contact of the account, also of those thrown away
        self.billing = with_own(BillingProfile.objects.filter(account=account) if self.is_masked else BillingProfile.objects.none(), by)
        self.sources: list[Source] = []
        sight = Sight(by, asked, cache(lambda: veiled_values([account, *self.people, *self.billing], by)) if self.is_masked else None)
        if show in ("", "activity"):
            self.sources.append(_activities(Activity.objects.filter(account=account), sight, before))
        if show in ("", "deal"):
            deals = Opportunity.objects.visible_to(by).filter(account=account)
            self.sources.append(_moves(StageMove.objects.filter(opportunity__in=deals), sight, before))
        if show in ("", "task"):
            self.sources.append(_tasks(Task.objects.filter(account=account), sight, before))
        for told in settings.ACCOUNT_TIMELINE:
            if show in ("", told["show"]):
                self.sources.append(import_string(told["source"])(account, sight=sight, before=before))
        if show in ("", "owner"):
            self.sources += [*_owners(account, before, asked), pool_source(account.pool_events.all(), before, asked=asked)]

    @property
    def parts(self) -> tuple[Any, ...]:
        """The people, the billing and what is not read bit by bit."""
        return (self.people, self.billing, *(source.rows for source in self.sources if isinstance(source.rows, QuerySet)))

    def items(self) -> list[dict[str, Any]]:
        """Everything, the newest first."""
        account, items = self.account, [item for source in self.sources for item in source.items()]
        if self.asked.show == "" and not self.asked.is_narrow and (self.before is None or account.created_at < self.before):
            made = {"at": account.created_at, "who": account.created_by, "icon": "plus", "title": _("made the account known"), "body": "", "url": ""}
            items.append(made | {"key": "created"})
        return sorted(items, key=lambda item: item["at"], reverse=True)[:PAGE]


def account_timeline(account: Account, *, by: User, asked: Asked = EVERYTHING, before: datetime | None = None) -> list[dict[str, Any]]:
    """The latest 50 things at the account that the reader may see and asked for, the newest first."""
    reading = TimelineReading(account, by=by, asked=asked, before=before)
    read_together(*reading.parts)
    return reading.items()


def timeline_people(account: Account) -> Any:
    """Who did something at the account, for the filter of its timeline."""
    done = [account.activities.order_by().values("author"), account.ownerships.order_by().values("owner"), account.tasks.order_by().values("owner")]
    moves = StageMove.objects.filter(opportunity__account=account).order_by().values("moved_by")
    return User.objects.filter(Q(pk__in=done[0]) | Q(pk__in=done[1]) | Q(pk__in=done[2]) | Q(pk__in=moves)).order_by("name_key", "pk")


def _secrets(account: Account, by: User) -> Callable[[], list[tuple[str, str]]] | None:
    """Values of the account, its people and its billing that the reader sees masked, wherever somebody wrote them down; None where nothing is masked."""
    if reads_all_words(by) or is_own(account, by):
        return None
    people = with_own(Contact.objects.filter(account_links__account=account).distinct(), by)
    return cache(lambda: veiled_values([account, *people, *with_own(BillingProfile.objects.filter(account=account), by)], by))


def opportunity_timeline(opportunity: Opportunity, *, by: User) -> list[dict[str, Any]]:
    """The latest 50 things at a deal."""
    sight = Sight(by, secrets=_secrets(opportunity.account, by))
    told = _activities(Activity.objects.filter(opportunity=opportunity), sight, None)
    sources = [told, _moves(opportunity.moves.all(), sight, None), _tasks(opportunity.tasks.all(), sight, None)]
    read_together(*(source.rows for source in sources))
    return sorted((item for source in sources for item in source.items()), key=lambda item: item["at"], reverse=True)[:PAGE]


def contact_timeline(contact: Contact, *, by: User) -> list[dict[str, Any]]:
    """What happened with one person, at the accounts that the reader sees."""
    secrets = None if sees_all(by, "contact") or is_own(contact, by) else cache(lambda: veiled_values([contact], by))
    return _activities(Activity.objects.visible_to(by).filter(contact=contact), Sight(by, secrets=secrets), None).items()


def _activities(rows: Any, sight: Sight, before: datetime | None) -> Source:
    rows = rows.select_related("author", "contact", "opportunity").order_by("-occurred_at", "-pk").only(*ACTIVITY_FIELDS)
    rows = sight.asked.narrow(rows, at="occurred_at", who=("author",), texts=("subject", "body", "contact__name", "opportunity__name"), before=before)

    def said(row: Activity, text: str) -> str:
        return sight.said(text, own=row.author_id == sight.by.pk)

    def read(row: Activity) -> list[str]:
        return [said(row, row.subject), said(row, row.body), *(said(row, part.name) for part in (row.contact, row.opportunity) if part)]

    return sight.source(rows, lambda row: _activity_item(row, sight.by, said), read)


ACTIVITY_FIELDS = (
    *("kind", "subject", "body", "is_promise", "occurred_at", "recorded_at"),
    *("author__display_name", "author__username", "contact__name", "contact__name_en", "opportunity__name"),
)


def _activity_item(row: Activity, by: User, said: Callable[[Activity, str], str]) -> dict[str, Any]:
    detail = " · ".join(str(part) for part in (row.get_kind_display(), row.contact, row.opportunity) if part)
    return {
        "at": row.occurred_at,
        "who": row.author,
        "icon": ICONS[row.kind],
        "title": said(row, row.subject),
        "body": said(row, "\n".join(filter(None, [row.body, detail]))),
        "url": reverse("crm_core:activity_edit", args=[row.pk]) if row.editable_by(by) else "",
        "badge": _("Promise") if row.is_promise else "",
        "tone": "watch" if row.is_promise else "",
        "key": f"activity-{row.pk}",
    }


def _moves(rows: Any, sight: Sight, before: datetime | None) -> Source:
    rows = rows.select_related("opportunity", "from_stage", "to_stage", "moved_by").order_by("-moved_at", "-pk")
    texts = ("opportunity__name", "reason", "to_stage__name", "to_stage__name_en")
    rows = sight.asked.narrow(rows, at="moved_at", who=("moved_by",), texts=texts, before=before)
    tones = {Outcome.WON: "good", Outcome.LOST: "bad"}

    def said(row: StageMove, text: str) -> str:
        return sight.said(text, own=sight.is_deal_own(row.opportunity))

    def read(row: StageMove) -> list[str]:
        return [said(row, row.opportunity.name), said(row, row.reason), row.to_stage.name, row.to_stage.name_en]

    def item(row: StageMove) -> dict[str, Any]:
        deal = said(row, row.opportunity.name)
        return {
            "at": row.moved_at,
            "who": row.moved_by,
            "icon": "target-arrow",
            "title": _("%(deal)s: %(stage)s") % {"deal": deal, "stage": row.to_stage} if row.from_stage else _("opened %(deal)s") % {"deal": deal},
            "body": said(row, row.reason or row.opportunity.lost_reason if row.to_stage.outcome != Outcome.OPEN else row.reason),
            "url": reverse("crm_core:opportunity_detail", args=[row.opportunity_id]),
            "tone": tones.get(Outcome(row.to_stage.outcome), ""),
            "key": f"move-{row.pk}",
        }

    return sight.source(rows.only(*MOVE_FIELDS), item, read)


MOVE_FIELDS = (
    *("reason", "moved_at", "moved_by__display_name", "moved_by__username", "opportunity__name", "opportunity__lost_reason", "opportunity__owner_id"),
    *("from_stage__name", "from_stage__name_en", "to_stage__name", "to_stage__name_en", "to_stage__outcome"),
)


def _tasks(rows: Any, sight: Sight, before: datetime | None) -> Source:
    rows = rows.filter(done_at__isnull=False).select_related("owner").order_by("-done_at")
    rows = sight.asked.narrow(rows, at="done_at", who=("owner",), texts=("title",), before=before)

    def said(row: Task) -> str:
        return sight.said(row.title, own=reads_task(row, sight.by))

    def item(row: Task) -> dict[str, Any]:
        title = _("finished “%(task)s”") % {"task": said(row)}
        return {"at": row.done_at, "who": row.owner, "icon": "checkbox", "title": title, "body": "", "url": "", "key": f"task-{row.pk}"}

    return sight.source(rows.only("title", "done_at", "created_by_id", *OWNER_NAME), item, lambda row: [said(row)])


POOL_ICONS = {"return": "arrow-back-up", "recycle": "ripple", "move": "arrows-exchange", "warn": "bell", "refuse": "hand-stop", "stay": "alert-triangle"}
POOL_TONES = {"recycle": "watch", "warn": "watch", "refuse": "bad", "stay": "bad"}


def pool_items(rows: Any, before: datetime | None, *, claims: bool = False) -> list[dict[str, Any]]:
    """Falls, reminders and refusals with rule, values and date."""
    return pool_source(rows, before, claims=claims).items()


def pool_source(rows: Any, before: datetime | None, *, claims: bool = False, asked: Asked = EVERYTHING) -> Source:
    """The ledger of the pools on a timeline; what the ledger of owners says already is left out unless asked for."""
    rows = rows.select_related("user", "by", "pool").order_by("-at", "-pk")
    if not claims:
        rows = rows.exclude(kind__in=[PoolEventKind.CLAIM, PoolEventKind.ASSIGN])
    rows = asked.narrow(rows, at="at", who=("user", "by"), texts=("reason", "user__display_name", "pool__name", "pool__name_en"), before=before)
    return Source(rows[:PAGE], _pool_lines)


def _pool_lines(rows: Iterable[Any]) -> list[dict[str, Any]]:
    texts = {
        PoolEventKind.CLAIM: _("%(person)s claimed it from %(pool)s"),
        PoolEventKind.ASSIGN: _("it was given from %(pool)s to %(person)s"),
        PoolEventKind.RETURN: _("it went from %(person)s back into %(pool)s"),
        PoolEventKind.RECYCLE: _("it fell from %(person)s into %(pool)s"),
        PoolEventKind.MOVE: _("it was moved into %(pool)s"),
        PoolEventKind.WARN: _("%(person)s was reminded that it will fall into %(pool)s"),
        PoolEventKind.REFUSE: _("%(person)s could not claim it"),
        PoolEventKind.STAY: _("it could not fall into %(pool)s"),
    }
    items = []
    for row in rows:
        said = {"person": row.user or "-", "pool": row.pool or "-"}
        why = f"{RULES[row.rule]}{_(': ')}{because(row.rule, row.values)}" if row.rule in RULES else row.reason
        items.append(
            {
                "at": row.at,
                "who": row.by if row.by_id != row.user_id else None,
                "icon": POOL_ICONS.get(row.kind, "hand-grab"),
                "title": texts[PoolEventKind(row.kind)] % said,
                "body": why,
                "url": "",
                "tone": POOL_TONES.get(row.kind, ""),
                "key": f"pool-{row.pk}",
            }
        )
    return items


def _owners(account: Account, before: datetime | None, asked: Asked = EVERYTHING) -> list[Source]:
    """Who became the owner, and whose time ended."""
    rows = Ownership.objects.filter(account=account)
    texts = ("owner__display_name", "reason", "end_reason")
    starts = asked.narrow(rows.select_related("owner", "by"), at="starts_at", who=("owner", "by"), texts=texts, before=before)
    ended = rows.filter(ends_at__isnull=False).exclude(end_reason="").select_related("owner")
    ends = asked.narrow(ended, at="ends_at", who=("owner", "by"), texts=texts, before=before)

    def began(found: Iterable[Ownership]) -> list[dict[str, Any]]:
        items = []
        for row in found:
            title = _("%(owner)s became the owner (%(how)s)") % {"owner": row.owner, "how": row.get_how_display()}
            items.append({"at": row.starts_at, "who": row.by, "icon": "user-check", "title": title, "body": row.reason, "url": "", "key": f"owner-{row.pk}"})
        return items

    def closed(found: Iterable[Ownership]) -> list[dict[str, Any]]:
        items = []
        for row in found:
            title = _("the time of %(owner)s as owner ended") % {"owner": row.owner}
            items.append({"at": row.ends_at, "who": None, "icon": "user-minus", "title": title, "body": row.end_reason, "url": "", "key": f"ended-{row.pk}"})
        return items

    return [
        Source(starts.order_by("-starts_at", "-pk").only("starts_at", "how", "reason", *OWNER_NAME, "by__display_name", "by__username")[:PAGE], began),
        Source(ends.order_by("-ends_at", "-pk").only("ends_at", "end_reason", *OWNER_NAME)[:PAGE], closed),
    ]
