"""What the rules of pools say, in the reader's language: to the person who was refused, and in the ledger for everybody."""

from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from crm_core.claim_rules import Verdict
from crm_core.models import ActivityKind, OwnershipHow
from foundation.integrity import Refused

RULES = {
    "quota": gettext_lazy("Claim quota"),
    "capacity": gettext_lazy("Capacity"),
    "cooldown_owner": gettext_lazy("Cool-down of the former owner"),
    "cooldown_team": gettext_lazy("Cool-down of the former team"),
    "quiet_after_fall": gettext_lazy("First hours in the pool"),
    "quiet_hours": gettext_lazy("Quiet time"),
    "members_only": gettext_lazy("Members only"),
    "closed": gettext_lazy("Pool not in use"),
    "taken": gettext_lazy("Somebody was faster"),
    "no_activity": gettext_lazy("No follow-up"),
    "no_opportunity": gettext_lazy("No opportunity"),
    "no_contract": gettext_lazy("No contract"),
    "contract_ended": gettext_lazy("Contract ended"),
    "owner_left": gettext_lazy("Owner left"),
    "open_deals": gettext_lazy("Open opportunities"),
}


class RefusedByRule(Refused):
    """A refusal that names its rule; the sentence is for the person who asked, verdict and values go into the ledger."""

    def __init__(self, sentence: str, verdict: Verdict | None = None):
        super().__init__(sentence)
        self.verdict = verdict


def say_day(day: date | str) -> str:
    """Monday 30 Nov."""
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return formats.date_format(found, pgettext("date format", "l j M"))


def say_moment(moment: datetime | str) -> str:
    """Monday 30 Nov, 09:00."""
    found = parse_datetime(moment) if isinstance(moment, str) else moment
    return formats.date_format(timezone.localtime(found), pgettext("date format", "l j M, H:i"))


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    """The values as people read them."""
    shown = dict(values)
    for name in ("day", "since", "falls_on", "contract_end"):
        if values.get(name):
            shown[name] = say_day(values[name])
    for name in ("ended", "moment", "fell"):
        if values.get(name):
            shown[name] = say_moment(values[name])
    if values.get("name_en") and (get_language() or "").startswith("en"):
        shown["name"] = values["name_en"]
    return shown


def refusal(verdict: Verdict) -> str:
    """The sentence for the person who was refused."""
    shown, rule = _shown(verdict.values), verdict.rule
    if rule == "quota":
        return _to_claimant(shown)
    if rule == "capacity" and shown.get("person"):
        return _("%(person)s owns %(owned)d of at most %(limit)d accounts (%(name)s). Choose somebody else, or grant an exemption.") % shown
    texts = {
        "capacity": _("You own %(owned)d of at most %(limit)d accounts (%(name)s). Return one first, or ask for an exemption."),
        "cooldown_owner": _("You owned this account until %(ended)s. The former owner may claim it again after %(days)d days: from %(moment)s."),
        "cooldown_team": _("%(person)s of your team owned this account until %(ended)s. The team may claim it again after %(days)d days: from %(moment)s."),
        "quiet_after_fall": _("This account came into the pool on %(fell)s. It can be claimed after %(hours)d hours: from %(moment)s."),
        "quiet_hours": _("Between %(from)s and %(to)s nobody may claim from this pool. From %(moment)s you may."),
        "members_only": _("The pool %(pool)s is for named members only. Ask who looks after it to name you."),
        "closed": _("The pool %(pool)s is not in use. Ask who looks after it."),
        "taken": _("%(person)s was faster: the account is claimed already. Ask %(person)s, or choose another one."),
    }
    return texts[rule] % shown


def _to_claimant(shown: dict[str, Any]) -> str:
    texts = {
        "day": _("You have claimed %(used)d of %(quota)d today; from %(day)s you may claim again."),
        "week": _("You have claimed %(used)d of %(quota)d this week; from %(day)s you may claim again."),
        "month": _("You have claimed %(used)d of %(quota)d this month; from %(day)s you may claim again."),
    }
    return texts[shown["period"]] % shown


def quota_left(*, used: int, quota: int, period: str) -> str:
    """2 of 5 left this week."""
    texts = {
        "day": _("%(left)d of %(quota)d left today"),
        "week": _("%(left)d of %(quota)d left this week"),
        "month": _("%(left)d of %(quota)d left this month"),
    }
    return texts[period] % {"left": max(quota - used, 0), "quota": quota}


def because(rule: str, values: dict[str, Any]) -> str:
    """The same for a reader of the ledger or the timeline: rule, values and date, about nobody in particular."""
    shown = _shown(values)
    texts = {
        "quota": _("claimed %(used)d of %(quota)d; again from %(day)s"),
        "capacity": _("%(name)s: owns %(owned)d of at most %(limit)d"),
        "cooldown_owner": _("owned it until %(ended)s; again after %(days)d days, from %(moment)s"),
        "cooldown_team": _("%(person)s of the same team owned it until %(ended)s; again after %(days)d days, from %(moment)s"),
        "quiet_after_fall": _("in the pool since %(fell)s; free after %(hours)d hours, from %(moment)s"),
        "quiet_hours": _("no claiming from %(from)s to %(to)s; free from %(moment)s"),
        "members_only": _("%(pool)s is for named members only"),
        "closed": _("%(pool)s is not in use"),
        "taken": _("%(person)s was faster"),
        "open_deals": _("%(count)d opportunities are open"),
        "owner_left": _("%(person)s has left"),
    }
    if rule in texts:
        try:
            return texts[rule] % shown
        except KeyError:
            return str(RULES[rule])
    return fall_words(rule, values) if rule in RULES else ""


def fall_words(rule: str, values: dict[str, Any]) -> str:
    """Why and when an account falls: what is missing, since when, after how many days, on which day."""
    shown, days = _shown(values), int(values.get("days", 0))
    what = {
        "no_activity": _("no follow-up since %(since)s"),
        "no_opportunity": _("no opportunity since %(since)s"),
        "no_contract": _("no contract since %(since)s"),
        "contract_ended": _("contract ended on %(since)s"),
    }.get(rule)
    if what is None or not values.get("since"):
        return str(RULES.get(rule, ""))
    if values.get("in_workdays"):
        limit = ngettext("limit %(count)d working day", "limit %(count)d working days", days) % {"count": days}
    else:
        limit = ngettext("limit %(count)d day", "limit %(count)d days", days) % {"count": days}
    return _("%(what)s, %(limit)s, due %(falls_on)s") % {"what": what % shown, "limit": limit, "falls_on": shown.get("falls_on", "-")}


def evidence_words(item: dict[str, Any]) -> str:
    """What an item of evidence says, in the reader's language."""
    detail = item.get("detail", {})
    if item["kind"] == "import":
        return _("was brought in by an import (%(file)s, row %(row)s)") % {"file": detail.get("file", ""), "row": detail.get("row", "")}
    if item["kind"] == "owner":
        said = _("became the owner (%(how)s)") % {"how": OwnershipHow(detail["how"]).label if detail.get("how") in OwnershipHow.values else ""}
        return said + (_(", until %(day)s") % {"day": say_moment(detail["until"])} if detail.get("until") else "")
    if item["kind"] == "activity":
        return _("was in touch (%(what)s)") % {"what": ActivityKind(detail["what"]).label if detail.get("what") in ActivityKind.values else ""}
    texts = {
        "created": _("made the account known"),
        "deal": _("opened an opportunity"),
        "share": _("began to work on it as a collaborator"),
        "use": _("first opened or used it in the system"),
    }
    return texts.get(item["kind"], "")


def evidence_note(item: dict[str, Any]) -> str:
    """That something was written down on another day than it is said to have happened."""
    return _("written down only on %(moment)s") % {"moment": say_moment(item["recorded"])} if item.get("recorded") else ""
