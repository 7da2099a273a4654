"""Which record a row means: surely, by key, code or name; perhaps, by what the rules of duplicates find."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm_core.models import Account, AccountContact, Contact
from crm_core.services.duplicates import Candidate, matches_for
from crm_core.services.merging import survivor_of
from foundation.people.models import User
from foundation.text import fold

SHOWN = 5
COMPARED = ("name", "short_name", "credit_code", "phone", "email", "region", "website", "address", "wechat", "account_id")


@dataclass
class Found:
    """What was found for a row: one record for sure, several that may be meant, or one that the person does not see."""

    target: Any = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    hidden: str = ""


class Matches:
    """The records that are here already, by our own key, by key of another system, by credit code, by folded name, and those that are alike."""

    def __init__(self, *, model: Any, sees: User, rows: list[dict[str, Any]], with_similar: bool, owned_only: bool = False):
        self.model, self.sees = model, sees
        found = self._fetch(rows)
        self.alike = _similar(model, rows) if with_similar else {}
        extra = {pk for pks in self.alike.values() for pk, _score, _rules in pks} - {row.pk for row in found}
        found += list(model.objects.live().filter(pk__in=extra).select_related("department", "owner"))
        self.by_pk = {row.pk: row for row in found}
        self.visible = set(model.objects.visible_to(sees).filter(pk__in=list(self.by_pk)).values_list("pk", flat=True)) if found else set()
        self.others = self._of_others() if owned_only else set()
        self.by_key = {row.external_key: row for row in found if row.external_key}
        self.by_code = {row.credit_code: row for row in found if getattr(row, "credit_code", "")}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        for row in found:
            self.by_name[row.name_fold].append(row)
        self.signposts: dict[int, int] = {}
        self._follow_merges()
        self.linked = _links(list(self.by_pk.values())) if model is Contact and self.by_pk else {}

    def _fetch(self, rows: list[dict[str, Any]]) -> list[Any]:
        """The live records that bear a name, key or code of the rows; those that do so and are gone are left for the signposts."""
        pks = self._bearers(rows)
        found = list(self.model.objects.live().filter(pk__in=pks).select_related("department", "owner")) if pks else []
        self.gone = pks - {row.pk for row in found}
        return found

    def _bearers(self, rows: list[dict[str, Any]]) -> set[int]:
        """Keys of records that bear a name, key or code of the rows: a statement for each, because in an OR no index is used and the whole base is read."""
        wanted = {key: {values[key] for values in rows if values.get(key)} for key in ("external_key", "record_pk", "credit_code", "account_id", "email")}
        names = {fold(values["name"])[:160] for values in rows if values.get("name")}
        every = self.model.objects.order_by()
        if self.model is Account:
            queries = [every.filter(name_fold__in=names), every.filter(credit_code__in=wanted["credit_code"])]
        else:  # very many people bear the same name: only those at the account or under the address that the row names are meant
            named = every.filter(name_fold__in=names)
            queries = [named.filter(account_links__account__in=wanted["account_id"]), named.filter(email__in=wanted["email"])]
            queries.append(named.filter(merged_into__isnull=False))
        queries += [every.filter(external_key__in=wanted["external_key"]).exclude(external_key=""), every.filter(pk__in=wanted["record_pk"])]
        return {pk for query in queries for pk in query.values_list("pk", flat=True)}

    def _follow_merges(self) -> None:
        """Names, keys and codes of records that were merged away lead to the record that they went into."""
        gone = list(self.model.objects.filter(pk__in=self.gone, merged_into__isnull=False)) if self.gone else []
        if not gone:
            return
        self.signposts = {row.pk: target for row in gone if (target := survivor_of(self.model, row.pk))}
        missing = set(self.signposts.values()) - self.by_pk.keys()
        for row in self.model.objects.live().filter(pk__in=missing).select_related("department", "owner"):
            self.by_pk[row.pk] = row
        self.visible |= set(self.model.objects.visible_to(self.sees).filter(pk__in=missing).values_list("pk", flat=True))
        for row in gone:
            target = self.by_pk.get(self.signposts.get(row.pk, 0))
            if target is None:
                continue
            if row.external_key:
                self.by_key.setdefault(row.external_key, target)
            if code := getattr(row, "credit_code", ""):
                self.by_code.setdefault(code, target)
            if target not in self.by_name[row.name_fold]:
                self.by_name[row.name_fold].append(target)

    def _of_others(self) -> set[int]:
        """Records that the person of a collection sheet sees but may not change: in a pool, or shared for reading."""
        own = Account.objects.changeable_by(self.sees).filter(owner__isnull=False)
        mine = own if self.model is Account else Contact.objects.filter(Q(owner=self.sees) | Q(account_links__account__in=own))
        return self.visible - set(mine.filter(pk__in=list(self.visible)).values_list("pk", flat=True))

    def of(self, values: dict[str, Any], place: int, account_id: int | None) -> Found:
        """The record meant by a row."""
        target, several = self._surely(values, account_id)
        if target is not None and target.pk not in self.visible:
            return Found(hidden=_("Here already, in %(department)s, where you do not see it.") % {"department": target.department or "-"})
        if target is not None and target.pk in self.others:
            owner = target.owner or _("nobody")
            return Found(hidden=_("Here already, with %(owner)s, and not yours to change.") % {"owner": owner})
        if target is not None:
            return Found(target=target)
        if several:
            return Found(candidates=[self._shown(row.pk, 100, ["name"]) for row in several[:SHOWN]])
        near = [self._shown(pk, score, rules) for pk, score, rules in self.alike.get(place, ()) if pk in self.by_pk]
        return Found(candidates=near[:SHOWN])

    def _surely(self, values: dict[str, Any], account_id: int | None) -> tuple[Any, list[Any]]:
        if values.get("record_pk"):
            return self.by_pk.get(self.signposts.get(values["record_pk"], values["record_pk"])), []
        key, code = values.get("external_key"), values.get("credit_code")
        if key in self.by_key:
            return self.by_key[key], []
        if code in self.by_code:
            return self.by_code[code], []
        named = self._named(values, key, account_id)
        # Two companies of one name and two credit codes are two companies, or one that changed its code: a person decides.
        if len(named) == 1 and not (code and getattr(named[0], "credit_code", "") not in ("", code)):
            return named[0], []
        return None, named

    def _named(self, values: dict[str, Any], key: str | None, account_id: int | None) -> list[Any]:
        named = self.by_name.get(fold(values["name"])[:160], [])
        if self.model is Contact:
            named = [
                row for row in named if (account_id and account_id in self.linked.get(row.pk, ())) or (values.get("email") and row.email == values["email"])
            ]
        if key:  # another key of the same source is another record, whatever its name
            prefix = key.partition(":")[0] + ":"
            named = [row for row in named if not row.external_key.startswith(prefix)]
        return named

    def _shown(self, pk: int, score: int, rules: list[str]) -> dict[str, Any]:
        """A candidate as the queue shows it; of one that the person does not see only where it lies."""
        row = self.by_pk[pk]
        where = str(row.department) if row.department else ""
        if pk not in self.visible:
            return {"pk": None, "name": "", "where": where, "score": score, "rules": rules}
        return {"pk": pk, "name": row.name, "where": where, "owner": str(row.owner or ""), "score": score, "rules": rules}


def _similar(model: Any, rows: list[dict[str, Any]]) -> dict[int, list[tuple[int, int, list[str]]]]:
    """By place of the row: the records that the rules of duplicates hold for probably the same."""
    asked = [(place, values) for place, values in enumerate(rows) if values.get("name")]
    if not asked or not model.objects.live().exists():
        return {}
    candidates = [Candidate(**{name: values[name] for name in COMPARED if values.get(name)}) for _place, values in asked]
    found = matches_for(candidates, model=model._meta.model_name, limit=SHOWN)
    return {place: [(one.pk, one.score, list(one.rules)) for one in matches] for (place, _values), matches in zip(asked, found, strict=True) if matches}


def _links(found: list[Any]) -> dict[int, set[int]]:
    linked: dict[int, set[int]] = defaultdict(set)
    rows = AccountContact.objects.filter(contact__in=[row.pk for row in found]).values_list("contact_id", "account_id")
    for contact, account in rows:
        linked[contact].add(account)
    return linked
