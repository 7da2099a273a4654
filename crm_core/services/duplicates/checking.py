"""Is this customer known already? Asked before saving; answered without telling what the asker may not see, not too often, and never unseen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import Account, Contact, DuplicateCheck, DuplicatePolicy, Subject
from crm_core.services.duplicates.facts import Candidate, kind_of
from crm_core.services.duplicates.matching import Match, matches_for
from crm_core.services.duplicates.scoring import Scorer, label_of
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.text import fold

SHOWN = 5
WINDOW = 3600
# Points from which a row is named while somebody types: to one who sees it, and to one who does not.
ENTRY = {Subject.ACCOUNT: (50, 50), Subject.CONTACT: (50, 65)}
LEAST = 2  # characters of a name from which on it is looked for


class AskedTooOften(Refused):
    """The person has used up the checks of this hour."""

    status = 429


class KnownAlready(Refused):
    """Somebody like this is here; ``similar`` says where, masked for the one who asked."""

    def __init__(self, sentence: str, similar: "list[Similar]"):
        super().__init__(sentence)
        self.similar = similar


@dataclass(frozen=True)
class Similar:
    """A row that may be the same; ``row`` is None and nothing but the department is said when the asker may not see it."""

    row: Any
    because: str
    where: str
    score: int = 0
    is_certain: bool = False


def check_known(
    *, candidate: Candidate, by: User, subject: str = Subject.ACCOUNT, surface: str, now: datetime | None = None, except_pk: int | None = None
) -> list[Similar]:
    """The rows that the candidate may be, masked; the check counts against the person's hour and is logged without what was typed."""
    now, scorer = now or timezone.now(), Scorer(subject)
    if not _says_enough(candidate):
        return []
    digest = _digest(subject, candidate)
    if not _take_one(by, scorer.policy, now):
        DuplicateCheck.objects.create(subject=subject, by=by, at=now, asked=digest, surface=surface, is_refused=True)
        _report_probing(by, scorer.policy, now)
        raise AskedTooOften(_("You have asked very often in this hour whether somebody is known. Wait until the full hour, then go on."))
    found = matches_for([candidate], model=subject, limit=SHOWN + 1, scorer=scorer, least=ENTRY[Subject(subject)][0])[0]
    similar = _masked(subject, [match for match in found if match.pk != except_pk][:SHOWN], by)
    hidden = sum(1 for hit in similar if hit.row is None)
    DuplicateCheck.objects.create(subject=subject, by=by, at=now, asked=digest, surface=surface, hits=len(similar), hidden=hidden)
    if hidden:
        _report_probing(by, scorer.policy, now)
    return similar


def refuse_known(*, candidate: Candidate, by: User, subject: str, surface: str, now: datetime | None = None) -> None:
    """Raise KnownAlready when somebody like the candidate is here and the policy wants that to be asked."""
    if Scorer(subject).policy.is_checked and (similar := check_known(candidate=candidate, by=by, subject=subject, surface=surface, now=now)):
        raise KnownAlready(_("This may be here already. Look at the records named, or say that you know it and create nevertheless."), similar)


def _says_enough(candidate: Candidate) -> bool:
    typed = (candidate.credit_code, candidate.phone, candidate.email, candidate.wechat, candidate.id_number)
    return len(fold(candidate.name)) >= LEAST or any(value.strip() for value in typed)


def _digest(subject: str, candidate: Candidate) -> str:
    """A keyed digest: equal questions have equal digests, and nobody can try out which question it was."""
    words = "\x1f".join(fold(str(value)) for value in (candidate.name, candidate.credit_code, candidate.phone, candidate.email, candidate.wechat))
    return salted_hmac("crm_core.duplicate_check", f"{subject}\x1f{words}", algorithm="sha256").hexdigest()


def _masked(subject: str, matches: list[Match], by: User) -> list[Similar]:
    if not matches:
        return []
    model, pks = kind_of(subject).model, [match.pk for match in matches]
    related = ["owner", "department"] if model is Account else ["owner"]
    rows = model.objects.live().select_related(*related).in_bulk(pks)
    visible = set(model.objects.visible_to(by).filter(pk__in=pks).values_list("pk", flat=True))
    found = []
    for match in matches:
        row = rows.get(match.pk)
        if row is None:
            continue
        if row.pk in visible:
            because = _(", ").join(label_of(subject, key) for key in match.rules)
            found.append(Similar(row, because, _where(row), match.score, match.is_certain))
        elif match.score >= ENTRY[Subject(subject)][1]:
            found.append(Similar(None, "", _("in %(department)s") % {"department": row.department} if row.department else ""))
    return found


def _where(row: Any) -> str:
    if isinstance(row, Contact):
        return ""
    words = _("in the pool of %(department)s") if row.in_pool else _("owned in %(department)s")
    return words % {"department": row.department}


# --- not too often -----------------------------------------------------------------------------------------------
def _take_one(by: User, policy: DuplicatePolicy, now: datetime) -> bool:
    """Take one of the hour's checks; exact for any number of processes, because the cache gives each place away only once."""
    hour = int(now.timestamp()) // WINDOW
    key = f"crm-known-{by.pk}-{policy.subject}-{hour}"
    taken = cache.get(key, 0)
    for place in range(taken, policy.checks_per_hour):
        if cache.add(f"{key}-{place}", 1, WINDOW + 60):
            cache.set(key, place + 1, WINDOW + 60)
            return True
    return False


def _report_probing(by: User, policy: DuplicatePolicy, now: datetime) -> None:
    """Tell those who look after the rules when a person hits many hidden rows in a day; once a day."""
    day = DuplicateCheck.objects.filter(by=by, at__gte=now - timedelta(days=1)).aggregate(
        hidden=Sum("hidden"), asked=Count("asked", distinct=True), refused=Count("pk", filter=Q(is_refused=True))
    )
    is_probing = (day["hidden"] or 0) >= policy.probing_after or day["refused"]
    if is_probing and cache.add(f"crm-probing-{by.pk}-{now:%Y%m%d}", 1, 2 * 86400):
        notices.probing(who=by, checks=day["asked"], hidden=day["hidden"] or 0)


def person_checks(rows: Any, since: datetime) -> Any:
    """How often people asked since a moment, and how many hidden rows they hit: the most curious first."""
    return (
        rows.filter(at__gte=since)
        .values("by", "by__display_name")
        .annotate(asked=Count("pk"), hits_hidden=Sum("hidden"), refused=Count("pk", filter=Q(is_refused=True)))
        .order_by("-hits_hidden", "-asked")
    )


def similar_accounts(*, by: User, name: str = "", credit_code: str = "", phone: str = "", except_pk: int | None = None, surface: str = "form") -> list[Similar]:
    """Accounts that may be the one being typed."""
    return check_known(candidate=Candidate(name, credit_code=credit_code, phone=phone), by=by, subject=Subject.ACCOUNT, surface=surface, except_pk=except_pk)


def similar_contacts(
    *, by: User, name: str = "", phone: str = "", email: str = "", account_id: int | None = None, except_pk: int | None = None, surface: str = "form"
) -> list[Similar]:
    """Contacts that may be the one being typed."""
    candidate = Candidate(name, phone=phone, email=email, account_id=account_id)
    return check_known(candidate=candidate, by=by, subject=Subject.CONTACT, surface=surface, except_pk=except_pk)
