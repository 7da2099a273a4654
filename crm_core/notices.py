"""What sales people are told, and who is told it."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm_core.models import Account, Collaborator, CollectionSheet, DuplicateRun, Handover, ImportBatch, OwnershipDispute, PoolEvent, Task
from crm_core.pool_words import because, say_day
from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify
from foundation.people.access import access_of, roles
from foundation.people.models import Assignment, User

KINDS = [
    NoticeKind("account_assigned", _("An account was given to you")),
    NoticeKind("account_shared", _("You work on an account beside its owner")),
    NoticeKind("share_ends", _("A collaboration on an account ends soon")),
    NoticeKind("accounts_will_fall", _("Accounts of mine will fall into the pool")),
    NoticeKind("accounts_fell", _("Accounts of mine fell into the pool")),
    NoticeKind("dispute_opened", _("The ownership of an account is disputed")),
    NoticeKind("dispute_decided", _("A dispute about an account was decided")),
    NoticeKind("handed_over", _("Accounts were handed over to you")),
    NoticeKind("handover_acknowledged", _("A successor has read your brief")),
    NoticeKind("task_given", _("A colleague gave you a task")),
    NoticeKind("task_due", _("Your tasks of the day")),
    NoticeKind("sheet_sent", _("A collection sheet waits for me")),
    NoticeKind("sheet_due", _("My collection sheet is due")),
    NoticeKind("sheet_late", _("Collection sheets of my people are late")),
    NoticeKind("sheet_loaded", _("My collection sheet was looked through")),
    NoticeKind("sheet_waits", _("Rows of a collection sheet wait for my decision")),
    NoticeKind("import_finished", _("An import has finished")),
    NoticeKind("duplicate_probing", _("Somebody asks very often whether customers are known")),
    NoticeKind("reveals_unusual", _("Somebody looks at very many masked values")),
    NoticeKind("duplicates_assigned", _("Possible duplicates wait for your decision")),
    NoticeKind("duplicates_found", _("A search for duplicates has finished")),
]


def _account_url(account: Account) -> str:
    return reverse("crm_core:account_detail", args=[account.pk])


def account_assigned(*, account: Account, to: User, by: User, reason: str = "") -> None:
    """Tell the new owner."""
    if to != by:
        notify(
            to=[to], kind="account_assigned", subject=_("%(account)s is yours now") % {"account": account.name}, body=reason, url=_account_url(account), by=by
        )


def handed_over(*, handover: Handover, count: int) -> None:
    """Tell the successor that a brief waits."""

    def subject() -> str:
        words = ngettext("%(count)d account of %(giver)s is yours now", "%(count)d accounts of %(giver)s are yours now", count)
        return words % {"count": count, "giver": handover.giver}

    notify(to=[handover.taker], kind="handed_over", subject=subject, body=handover.reason, url=handover.get_absolute_url(), by=handover.made_by)


def handover_acknowledged(*, handover: Handover) -> None:
    """Tell the former owner and who made the handover; with the successor's question, if there is one."""
    people = {person.pk: person for person in (handover.giver, handover.made_by) if person.is_active and person.pk != handover.taker_id}
    subject = _("%(taker)s has read the brief of your accounts") % {"taker": handover.taker}
    notify(to=list(people.values()), kind="handover_acknowledged", subject=subject, body=handover.question, url=handover.get_absolute_url(), by=handover.taker)


def account_shared(*, account: Account, to: User, by: User, row: Collaborator) -> None:
    """Tell the collaborator what the person may do, and until when."""

    def body() -> str:
        said = gettext("You %(right)s.") % {"right": row.get_right_display()}
        return said + " " + gettext("The last day is %(day)s.") % {"day": say_day(row.expires_on)} if row.expires_on else said

    notify(to=[to], kind="account_shared", subject=_("You work on %(account)s now") % {"account": account.name}, body=body, url=_account_url(account), by=by)


def share_ends(*, row: Collaborator) -> None:
    """Tell collaborator and owner that the collaboration ends, while it can still be prolonged."""

    def body() -> str:
        return gettext("%(person)s works on it until %(day)s. The owner can set a later day.") % {"person": row.user, "day": say_day(row.expires_on or "")}

    people = [row.user, *([row.account.owner] if row.account.owner else [])]
    notify(
        to=people, kind="share_ends", subject=_("Collaboration on %(account)s ends") % {"account": row.account.name}, body=body, url=_account_url(row.account)
    )


NAMED = 5


def _named(events: Sequence[PoolEvent]) -> str:
    lines = [f"{event.account_name}: {because(event.rule, event.values)}" for event in events[:NAMED]]
    if len(events) > NAMED:
        lines.append(gettext("and %(count)d more") % {"count": len(events) - NAMED})
    return "\n".join(lines)


def accounts_will_fall(*, to: User, events: Sequence[PoolEvent]) -> None:
    """Tell an owner which accounts will fall and why, while a follow-up still keeps them."""

    def subject() -> str:
        first = min(event.due_on for event in events if event.due_on)
        words = ngettext(
            "%(count)d account of yours will fall into the pool from %(day)s", "%(count)d accounts of yours will fall into the pool from %(day)s", len(events)
        )
        return words % {"count": len(events), "day": say_day(first)}

    notify(to=[to], kind="accounts_will_fall", subject=subject, body=lambda: _named(events), url=reverse("crm_core:my_day"))


def accounts_fell(*, to: User, events: Sequence[PoolEvent]) -> None:
    """Tell the former owner which accounts fell, and by which rule."""

    def subject() -> str:
        words = ngettext("%(count)d account of yours fell into the pool", "%(count)d accounts of yours fell into the pool", len(events))
        return words % {"count": len(events)}

    notify(to=[to], kind="accounts_fell", subject=subject, body=lambda: _named(events), url=reverse("crm_core:pool_list"))


def dispute_opened(*, dispute: OwnershipDispute, to: Sequence[User], by: User) -> None:
    """Tell the owner, who may answer, and those who decide."""
    subject = _("The ownership of %(account)s is disputed") % {"account": dispute.account.name}
    notify(to=to, kind="dispute_opened", subject=subject, body=dispute.claim, url=dispute.get_absolute_url(), by=by)


def dispute_decided(*, dispute: OwnershipDispute, to: Sequence[User], by: User) -> None:
    """Tell both sides what was decided, and why."""
    subject = _("Decided: the ownership of %(account)s") % {"account": dispute.account.name}

    def body() -> str:
        return f"{dispute.get_verdict_display()}\n{dispute.verdict_reason}"

    notify(to=to, kind="dispute_decided", subject=subject, body=body, url=dispute.get_absolute_url(), by=by)


def task_given(*, task: Task, by: User) -> None:
    """Tell the person who is to do it."""
    body = _("Due on %(day)s.") % {"day": task.due_on.isoformat()}
    notify(to=[task.owner], kind="task_given", subject=task.title, body=body, url=reverse("crm_core:my_day"), by=by)


def tasks_due(*, owner: User, count: int, day: date) -> None:
    """Tell a person in the morning how many tasks wait."""
    subject = _("%(count)d tasks are due") % {"count": count}
    notify(to=[owner], kind="task_due", subject=subject, body=_("For %(day)s.") % {"day": day.isoformat()}, url=reverse("crm_core:my_day"), by=None)


def import_finished(*, batch: ImportBatch) -> None:
    """Tell the person who imported what became of it."""
    counts = batch.counts
    body = _("Created %(create)d, updated %(update)d, skipped %(skip)d, refused %(refuse)d.") % {
        name: counts.get(name, 0) for name in ("create", "update", "skip", "refuse")
    }
    subject = _("Import of %(file)s has finished") % {"file": batch.file_name}
    notify(to=[batch.created_by], kind="import_finished", subject=subject, body=body, url=reverse("crm_core:import_detail", args=[batch.pk]), by=None)


def probing(*, who: User, checks: int, hidden: int) -> None:
    """Tell those who may read the log of checks."""
    holding = [role.key for role in roles().values() if "crm_core.view_duplicatecheck" in role.permissions]
    posts = Assignment.objects.on(timezone.localdate()).filter(position__role__in=holding, user__is_active=True)
    people = User.objects.filter(pk__in=posts.values("user")).exclude(pk=who.pk)
    body = _("%(checks)d different questions in a day, %(hidden)d hits on records that this person does not see.") % {"checks": checks, "hidden": hidden}
    subject = _("%(person)s asks very often whether customers are known") % {"person": who}
    notify(to=list(people), kind="duplicate_probing", subject=subject, body=body, url=reverse("crm_core:duplicate_checks"), by=None)


def reveals_unusual(*, who: User, count: int) -> None:
    """Tell those above the person who may read the log of looks; where there are none, all who may."""
    holding = [role.key for role in roles().values() if "crm_core.view_reveal" in role.permissions]
    posts = Assignment.objects.on(timezone.localdate()).filter(position__role__in=holding, user__is_active=True).exclude(user=who)
    readers = list(posts.values_list("user_id", "position__department__path"))
    post = access_of(who).main_post
    above = {user for user, path in readers if post and post.department_path.startswith(path)}
    people = User.objects.filter(pk__in=above or {user for user, _path in readers})
    body = _("%(count)d masked values of customers in one day. The log says which and why.") % {"count": count}
    subject = _("%(person)s looks at very many masked values") % {"person": who}
    notify(to=list(people), kind="reveals_unusual", subject=subject, body=body, url=f"{reverse('crm_core:reveal_list')}?by={who.pk}", by=None)


def duplicates_assigned(*, to: User, count: int, by: User) -> None:
    """Tell the person who is to decide."""
    subject = _("%(count)d possible duplicates wait for your decision") % {"count": count}
    notify(to=[to], kind="duplicates_assigned", subject=subject, body="", url=reverse("crm_core:duplicate_list") + "?mine=1", by=by)


def duplicates_found(*, run: DuplicateRun) -> None:
    """Tell the person who started the search."""
    if run.started_by is not None:
        body = _("%(certain)d certain, %(probable)d probable.") % {name: run.counts.get(name, 0) for name in ("certain", "probable")}
        notify(
            to=[run.started_by],
            kind="duplicates_found",
            subject=_("The search for duplicates has finished"),
            body=body,
            url=reverse("crm_core:duplicate_list"),
            by=None,
        )


# --- collection sheets -------------------------------------------------------------------------------
def sheet_sent(*, sheet: CollectionSheet, by: User) -> None:
    """Ask the person for the own customer data, also who started the round."""

    def subject() -> str:
        return gettext("Please check your customers by %(day)s") % {"day": say_day(sheet.round.due_on)}

    body = sheet.round.message or _("Download your sheet, correct it and add what is missing, then hand it back.")
    notify(to=[sheet.person], kind="sheet_sent", subject=subject, body=body, url=sheet.get_absolute_url(), by=by, include_self=True)


def sheet_extended(*, sheet: CollectionSheet, by: User) -> None:
    """Tell the person that there is more time."""

    def subject() -> str:
        return gettext("You have until %(day)s to check your customers") % {"day": say_day(sheet.round.due_on)}

    notify(to=[sheet.person], kind="sheet_sent", subject=subject, body=str(sheet.round), url=sheet.get_absolute_url(), by=by, include_self=True)


def sheet_out(*, sheet: CollectionSheet, by: User) -> None:
    """Tell the person that the own customer data is not asked for any more, and why."""
    notify(
        to=[sheet.person],
        kind="sheet_sent",
        subject=lambda: gettext("You need not hand back your customer sheet of “%(round)s”") % {"round": sheet.round},
        body=sheet.out_reason,
        url=sheet.get_absolute_url(),
        by=by,
        include_self=True,
    )


def sheet_due(*, sheet: CollectionSheet, today: date, by: User | None = None) -> None:
    """Remind the person of the own sheet."""

    def subject() -> str:
        words = gettext("Your customer sheet is due on %(day)s") if sheet.round.due_on >= today else gettext("Your customer sheet was due on %(day)s")
        return words % {"day": say_day(sheet.round.due_on)}

    def body() -> str:
        if sheet.open_count:
            words = ngettext("%(count)d row came back to be corrected.", "%(count)d rows came back to be corrected.", sheet.open_count)
            return words % {"count": sheet.open_count}
        return str(sheet.round)

    notify(to=[sheet.person], kind="sheet_due", subject=subject, body=body, url=sheet.get_absolute_url(), by=by, include_self=True)


def sheets_late(*, sheets: Sequence[CollectionSheet], to: Sequence[User]) -> None:
    """Tell the manager whose sheets of one round are late."""
    row = sheets[0].round

    def subject() -> str:
        words = ngettext("%(count)d customer sheet of “%(round)s” is late", "%(count)d customer sheets of “%(round)s” are late", len(sheets))
        return words % {"count": len(sheets), "round": row}

    def body() -> str:
        return gettext(", ").join(str(sheet.person) for sheet in sheets)

    notify(to=to, kind="sheet_late", subject=subject, body=body, url=row.get_absolute_url())


def sheet_loaded(*, sheet: CollectionSheet, counts: dict[str, int]) -> None:
    """Tell the person what became of the rows."""

    def subject() -> str:
        if counts["refuse"]:
            words = ngettext(
                "%(count)d row of your customer sheet has to be corrected", "%(count)d rows of your customer sheet have to be corrected", counts["refuse"]
            )
            return words % {"count": counts["refuse"]}
        return gettext("Your customer sheet is loaded. Thank you.")

    def body() -> str:
        said = gettext("Created %(create)d, updated %(update)d, unchanged %(skip)d, to be corrected %(refuse)d.") % counts
        if sheet.returned_by is not None and sheet.returned_by_id != sheet.person_id:
            said += " " + gettext("%(person)s handed it back for you.") % {"person": sheet.returned_by}
        return said

    notify(to=[sheet.person], kind="sheet_loaded", subject=subject, body=body, url=sheet.get_absolute_url())


def sheet_waits(*, sheet: CollectionSheet, batch: ImportBatch, count: int, to: Sequence[User]) -> None:
    """Tell who decides that rows of a sheet wait."""

    def subject() -> str:
        words = ngettext("%(count)d row of %(person)s waits for your decision", "%(count)d rows of %(person)s wait for your decision", count)
        return words % {"count": count, "person": sheet.person}

    url = f"{reverse('crm_core:import_detail', args=[batch.pk])}?action=waiting"
    notify(to=to, kind="sheet_waits", subject=subject, body=str(sheet.round), url=url)
