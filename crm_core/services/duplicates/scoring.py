"""How alike two rows are, in points of a hundred, and why.

Every rule that speaks for a match gives a strength between 0 and 1. Of rules of one family (all that look at the name) only the strongest
counts, because they are not independent. Families add up as independent evidence: 1 - (1 - w1 s1)(1 - w2 s2)…; every rule that speaks
against then takes its share away: times (1 - w s). So each rule's weight is what it alone would score, which is what people can judge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import ratio

from crm_core.models import DuplicatePolicy, DuplicateRule, Subject
from crm_core.services.duplicates.facts import CompanyFacts, PersonFacts

SIMILAR_FROM = 0.8


@dataclass(frozen=True)
class Rule:
    """One reason, for or against; ``family`` groups the ones that look at the same thing."""

    key: str
    label: Any
    weight: int
    family: str
    strength: Callable[[Any, Any], float]
    is_against: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """That a rule spoke, how strongly, and with which weight."""

    key: str
    strength: float
    weight: int
    is_against: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Points of a hundred, with the reasons."""

    points: int
    reasons: tuple[Reason, ...]


# --- companies --------------------------------------------------------------------------------------------
def _same(field: str) -> Callable[[Any, Any], float]:
    def strength(a: Any, b: Any) -> float:
        value = getattr(a, field)
        return 1.0 if value and value == getattr(b, field) else 0.0

    return strength


def _differs(field: str) -> Callable[[Any, Any], float]:
    def strength(a: Any, b: Any) -> float:
        mine, theirs = getattr(a, field), getattr(b, field)
        return 1.0 if mine and theirs and mine != theirs else 0.0

    return strength


def _short_name(a: CompanyFacts, b: CompanyFacts) -> float:
    """One name is just the other's own word, as people call the company (华为 and 华为技术有限公司)."""
    if a.core == b.core or len(a.brand) < 2 or len(b.brand) < 2:
        return 0.0
    return 1.0 if a.core == b.brand or b.core == a.brand else 0.0


def _same_brand(a: CompanyFacts, b: CompanyFacts) -> float:
    return 1.0 if len(a.brand) > 1 and a.brand == b.brand and a.core != b.core else 0.0


def _same_sound(a: CompanyFacts, b: CompanyFacts) -> float:
    """The same sound in other characters; the more characters are the same, the more likely a slip of typing."""
    if a.core == b.core or not a.sound or a.sound != b.sound:
        return 0.0
    return 0.6 + 0.4 * ratio(a.core, b.core) / 100


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _similar_name(a: CompanyFacts, b: CompanyFacts) -> float:
    """A slip in the own word; other figures (三厂, 五厂; 2号店) are another company, and so mostly is another trade."""
    if a.core == b.core or len(a.brand) < 3 or len(b.brand) < 3:
        return 0.0
    alike = ratio(a.brand, b.brand, score_cutoff=SIMILAR_FROM * 100) / 100
    if alike < SIMILAR_FROM or _digits(a.core) != _digits(b.core):
        return 0.0
    mine, theirs = a.core.removeprefix(a.brand), b.core.removeprefix(b.brand)
    return (0.5 + 0.5 * (alike - SIMILAR_FROM) / (1 - SIMILAR_FROM)) * (0.75 if mine and theirs and mine != theirs else 1.0)


def _other_place(a: CompanyFacts, b: CompanyFacts) -> float:
    """The names say different places, or the regions do."""
    if a.places and b.places:
        return 0.0 if a.places & b.places else 1.0
    if a.region and b.region and a.region[:2].isdecimal() and b.region[:2].isdecimal():
        return 0.0 if a.region[:2] == b.region[:2] else 0.7
    return 0.0


def _other_branch(a: CompanyFacts, b: CompanyFacts) -> float:
    return 1.0 if a.branch != b.branch else 0.0


ACCOUNT_RULES: tuple[Rule, ...] = (
    Rule("same_code", _("same credit code"), 97, "code", _same("credit_code")),
    Rule("same_name", _("same name"), 92, "name", _same("name")),
    Rule("same_core", _("same name but for place and legal form"), 80, "name", lambda a, b: 1.0 if a.core and a.core == b.core else 0.0),
    Rule("short_name", _("short name of the other"), 68, "name", _short_name),
    Rule("same_sound", _("names sound alike"), 76, "name", _same_sound),
    Rule("similar_name", _("similar names"), 78, "name", _similar_name),
    Rule("same_brand", _("same own word, another trade"), 45, "name", _same_brand),
    Rule("same_phone", _("same phone"), 55, "phone", _same("phone")),
    Rule("same_email", _("same e-mail"), 50, "email", _same("email")),
    Rule("same_site", _("same website"), 40, "site", _same("site")),
    Rule("other_code", _("different credit codes"), 25, "code", _differs("credit_code"), is_against=True),
    Rule("other_place", _("different places"), 22, "place", _other_place, is_against=True),
    Rule("other_branch", _("a branch of the other"), 35, "branch", _other_branch, is_against=True),
)


# --- people ---------------------------------------------------------------------------------------------------
def _same_person_name(a: PersonFacts, b: PersonFacts) -> float:
    return 1.0 if a.core and a.words == b.words else 0.0


def _person_sound(a: PersonFacts, b: PersonFacts) -> float:
    return 1.0 if a.sound and a.sound == b.sound and a.words != b.words else 0.0


def _name_likeness(a: PersonFacts, b: PersonFacts) -> float:
    """How well the words of the shorter name find their like in the longer one, each once; 0 to 1."""
    fewer, more = sorted((a.words, b.words), key=len)
    if not fewer:
        return 0.0
    if len(fewer[0]) < 4 and not fewer[0].isascii():  # two or three hanzi: one other character is another person
        return 1.0 if a.words == b.words else 0.0
    left, found = list(more), 0.0
    for word in fewer:
        best = max(left, key=lambda other, word=word: JaroWinkler.similarity(word, other), default="")  # type: ignore[misc]
        found += JaroWinkler.similarity(word, best)
        if best:
            left.remove(best)
    return found / len(fewer) * (1.0 if len(fewer) == len(more) else 0.93)


def _similar_person_name(a: PersonFacts, b: PersonFacts) -> float:
    if a.words == b.words:
        return 0.0
    alike = _name_likeness(a, b)
    return 0.0 if alike < SIMILAR_FROM else 0.4 + 0.6 * (alike - SIMILAR_FROM) / (1 - SIMILAR_FROM)


def _other_person_name(a: PersonFacts, b: PersonFacts) -> float:
    if not a.words or not b.words or a.sound == b.sound:
        return 0.0
    alike = _name_likeness(a, b)
    return 0.0 if alike >= SIMILAR_FROM else min(1.0, (SIMILAR_FROM - alike) / 0.3)


def _same_account(a: PersonFacts, b: PersonFacts) -> float:
    return 1.0 if a.accounts & b.accounts else 0.0


def _slip(field: str, most: int) -> Callable[[Any, Any], float]:
    """One slip of typing: a figure wrong, missing, or two the wrong way round."""

    def strength(a: Any, b: Any) -> float:
        mine, theirs = getattr(a, field), getattr(b, field)
        if not mine or not theirs or mine == theirs or min(len(mine), len(theirs)) < 6:
            return 0.0
        distance = OSA.distance(mine, theirs, score_cutoff=most)
        return 0.0 if distance > most else 1.0 / distance

    return strength


def _apart(field: str, near: int) -> Callable[[Any, Any], float]:
    """Both have a value, and they differ by more than slips."""

    def strength(a: Any, b: Any) -> float:
        mine, theirs = getattr(a, field), getattr(b, field)
        return 1.0 if mine and theirs and OSA.distance(mine, theirs, score_cutoff=near) > near else 0.0

    return strength


def _same_address(a: PersonFacts, b: PersonFacts) -> float:
    """How much of the shorter address stands in the longer one, slips allowed, in whatever order of its parts."""
    if len(a.address) < 2 or len(b.address) < 2:
        return 0.0
    alike = ratio(" ".join(a.address), " ".join(b.address), score_cutoff=60) / 100
    shared = len(set(a.address) & set(b.address)) / min(len(set(a.address)), len(set(b.address)))
    alike = max(alike, shared)
    return 0.0 if alike < 0.6 else (alike - 0.6) / 0.4 * 0.8 + 0.2


CONTACT_RULES: tuple[Rule, ...] = (
    Rule("same_name", _("same name"), 50, "name", _same_person_name),
    Rule("same_sound", _("names sound alike"), 38, "name", _person_sound),
    Rule("similar_name", _("similar names"), 42, "name", _similar_person_name),
    Rule("same_phone", _("same phone"), 70, "phone", _same("phone")),
    Rule("same_email", _("same e-mail"), 75, "email", _same("email")),
    Rule("same_wechat", _("same WeChat"), 75, "wechat", _same("wechat")),
    Rule("same_account", _("at the same account"), 45, "account", _same_account),
    Rule("same_id", _("same identity number"), 92, "id", _same("id_number")),
    Rule("similar_id", _("identity numbers differ by a slip"), 60, "id", _slip("id_number", 2)),
    Rule("same_birth", _("same birthday"), 55, "birth", _same("birth_date")),
    Rule("similar_birth", _("birthdays differ by a slip"), 35, "birth", _slip("birth_date", 2)),
    Rule("same_address", _("same or similar address"), 60, "address", _same_address),
    Rule("other_name", _("different names"), 30, "name", _other_person_name, is_against=True),
    Rule("other_id", _("different identity numbers"), 20, "id", _apart("id_number", 2), is_against=True),
    Rule("other_birth", _("different birthdays"), 15, "birth", _apart("birth_date", 2), is_against=True),
)
RULES: dict[str, tuple[Rule, ...]] = {Subject.ACCOUNT: ACCOUNT_RULES, Subject.CONTACT: CONTACT_RULES}


# --- scoring ----------------------------------------------------------------------------------------------------
class Scorer:
    """The rules in force for one kind of row, with their weights; reads the settings once."""

    def __init__(self, subject: str, *, rules: Sequence[tuple[Rule, int]] | None = None, policy: DuplicatePolicy | None = None):
        self.subject = subject
        self.policy = policy or policy_of(subject)
        self.rules = list(rules if rules is not None else rules_in_force(subject))
        self.for_it = [(rule, weight) for rule, weight in self.rules if not rule.is_against]
        self.against = [(rule, weight) for rule, weight in self.rules if rule.is_against]

    def score(self, a: Any, b: Any) -> Score:
        """Points for two rows in comparable form; the same whichever comes first."""
        best: dict[str, tuple[float, Rule, float, int]] = {}
        for rule, weight in self.for_it:
            if strength := rule.strength(a, b):
                found = strength * weight / 100
                if rule.family not in best or found > best[rule.family][0]:
                    best[rule.family] = (found, rule, strength, weight)
        if not best:
            return Score(0, ())
        missed = 1.0
        reasons = []
        for found, rule, strength, weight in best.values():
            missed *= 1 - found
            reasons.append(Reason(rule.key, round(strength, 2), weight, is_against=False))
        points = 1 - missed
        for rule, weight in self.against:
            if strength := rule.strength(a, b):
                points *= 1 - strength * weight / 100
                reasons.append(Reason(rule.key, round(strength, 2), weight, is_against=True))
        return Score(round(points * 100), tuple(reasons))

    def is_probable(self, points: int) -> bool:
        """Whether a pair is worth somebody's look."""
        return points >= self.policy.probable_from

    def is_certain(self, points: int) -> bool:
        """Whether nobody would doubt it."""
        return points >= self.policy.certain_from


def policy_of(subject: str) -> DuplicatePolicy:
    """The thresholds in force; the shipped ones until somebody changes them."""
    return DuplicatePolicy.objects.filter(subject=subject).first() or DuplicatePolicy(subject=subject)


def rules_in_force(subject: str) -> list[tuple[Rule, int]]:
    """The rules that are on, with their weights."""
    changed = {row.key: row for row in DuplicateRule.objects.filter(subject=subject)}
    return [
        (rule, changed[rule.key].weight if rule.key in changed else rule.weight)
        for rule in RULES[subject]
        if rule.key not in changed or changed[rule.key].is_on
    ]


def shipped_rules(subject: str) -> list[tuple[Rule, int]]:
    """The rules as they ship, whatever the settings say."""
    return [(rule, rule.weight) for rule in RULES[subject]]


def label_of(subject: str, key: str) -> str:
    """A rule in words."""
    return str(next((rule.label for rule in RULES.get(subject, ()) if rule.key == key), key))
