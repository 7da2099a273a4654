"""Setting up the pools: their rules in plain words, members, recycle rules with a live count."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import PoolForm, PoolMemberForm, RecycleRuleForm
from crm_core.models import Pool, PoolMember, RecycleRule
from crm_core.pool_sentences import pool_sentences, rule_sentence
from crm_core.services.falling import RuleBook, count_outcomes
from crm_core.services.pool_settings import drop_member, drop_recycle_rule, name_member, save_pool, save_recycle_rule
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation.people.access import access_of
from foundation.people.models import Department
from foundation.ui.addresses import row_address
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with

COLUMNS = [
    Column("name", gettext_lazy("Pool"), value=str, kind="link", url=row_address("crm_core:pool_edit"), phone=True),
    Column("department", gettext_lazy("Department"), value="department", phone=True),
    Column("lying", gettext_lazy("Accounts in it"), kind="number", phone=True),
    Column("rules_in_use", gettext_lazy("Recycle rules in use"), kind="number"),
    Column("quota", gettext_lazy("Claim quota"), value=lambda row: f"{row.quota} {row.get_quota_period_display()}" if row.quota else ""),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: _("in use") if row.is_active else _("not in use"),
        kind="badge",
        tone=lambda row: "good" if row.is_active else "neutral",
    ),
]


def _departments(request: HttpRequest) -> QuerySet[Department]:
    """Departments for which the person may make pools: all for whoever sets up the CRM, else those the person leads."""
    access, rows = access_of(request.user), Department.objects.filter(closed_on__isnull=True)
    if access.sees_all("crm_core.pool"):
        return rows
    where = Q(pk__in=Pool.objects.managed_by(request.user).values("department"))
    for post in access.posts:
        where |= Q(path__startswith=post.department_path)
    return rows.filter(where)


def _pool(request: HttpRequest, pk: int) -> Pool:
    """A pool the person looks after; one that is only visible is forbidden, one that is not even that does not exist."""
    return get_object_or_404(Pool.objects.managed_by(request.user).select_related("department"), pk=pk)


def _page(pool: Pool) -> str:
    return reverse("crm_core:pool_edit", args=[pool.pk])


@require_GET
@permission_required("crm_core.change_pool", raise_exception=True)
def pool_settings(request: HttpRequest) -> HttpResponse:
    """The pools that the person looks after."""
    rows = Pool.objects.managed_by(request.user).select_related("department")
    rows = rows.annotate(
        lying=Count("accounts", filter=Q(accounts__owner__isnull=True, accounts__deleted_at__isnull=True), distinct=True),
        rules_in_use=Count("rules", filter=Q(rules__is_active=True), distinct=True),
    )
    return list_response(
        request,
        queryset=rows,
        columns=COLUMNS,
        template="crm_core/pool_settings.html",
        key="crm.pool_settings",
        search=("name__icontains", "name_en__icontains", "department__name__icontains"),
        order=("order", "pk"),
        context={"hub": tabs_of(request, SETTINGS)},
        drawer=False,
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_pool", raise_exception=True)
def pool_create(request: HttpRequest) -> HttpResponse:
    form = PoolForm(request.POST or None, by=request.user, departments=_departments(request))

    def save() -> HttpResponse:
        pool = save_pool(pool=Pool(created_at=timezone.now()), changes={**form.changes, "kinds": form.cleaned_data["kinds"]}, version=None, by=request.user)
        return redirect_with(request, _page(pool), _("%(pool)s is there now. Say when accounts fall into it.") % {"pool": pool})

    return answer_form(request, form, template="crm_core/pool_form.html", feature="crm.pool.create", save=save)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_pool", raise_exception=True)
def pool_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of a pool: its rules, who may draw, when accounts fall."""
    pool = _pool(request, pk)
    form = PoolForm(request.POST or None, instance=pool, by=request.user, departments=_departments(request) | Department.objects.filter(pk=pool.department_id))

    def save() -> HttpResponse:
        save_pool(pool=pool, changes={**form.changes, "kinds": form.cleaned_data["kinds"]}, version=form.sent_version(), by=request.user)
        return redirect_with(request, _page(pool), _("Saved."))

    rules = list(pool.rules.prefetch_related("exempt_tags"))
    context = {
        "pool": pool,
        "sentences": pool_sentences(pool),
        "rules": [{"rule": rule, "sentence": rule_sentence(rule)} for rule in rules],
        "members": pool.members.select_related("user"),
        "member_form": PoolMemberForm(auto_id="member_%s"),
        "count": pool.accounts.filter(owner__isnull=True, deleted_at__isnull=True).count(),
    }
    return answer_form(request, form, template="crm_core/pool_edit.html", feature="crm.pool.edit", save=save, context=context, obj=pool)


@require_POST
@permission_required("crm_core.change_pool", raise_exception=True)
def pool_member_add(request: HttpRequest, pk: int) -> HttpResponse:
    pool = _pool(request, pk)
    form = PoolMemberForm(request.POST)
    if not form.is_valid():
        return redirect_with(request, _page(pool), _("Choose a person first."), "watch")
    row = name_member(pool=pool, person=form.cleaned_data["person"], is_admin=form.cleaned_data["is_admin"], by=request.user)
    return redirect_with(request, _page(pool), _("%(person)s is named for %(pool)s now.") % {"person": row.user, "pool": pool})


@require_POST
@permission_required("crm_core.change_pool", raise_exception=True)
def pool_member_drop(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    pool = _pool(request, pk)
    row = get_object_or_404(PoolMember.objects.select_related("user", "pool"), pool=pool, pk=member)
    person = row.user
    drop_member(member=row, by=request.user)
    return redirect_with(request, _page(pool), _("%(person)s is no longer named for %(pool)s.") % {"person": person, "pool": pool})


# --- recycle rules -----------------------------------------------------------------------------------------


def _rule(request: HttpRequest, pk: int) -> RecycleRule:
    rows = RecycleRule.objects.filter(pool__in=Pool.objects.managed_by(request.user)).select_related("pool__department").prefetch_related("exempt_tags")
    return get_object_or_404(rows, pk=pk)


def _changes(form: RecycleRuleForm) -> dict[str, Any]:
    return {**form.changes, **{name: form.cleaned_data[name] for name in ("kinds", "levels", "exempt_levels")}}


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_pool", raise_exception=True)
def recycle_rule_create(request: HttpRequest, pk: int) -> HttpResponse:
    pool = _pool(request, pk)
    form = RecycleRuleForm(request.POST or None, by=request.user)

    def save() -> HttpResponse:
        rule = save_recycle_rule(rule=RecycleRule(pool=pool), changes=_changes(form), version=None, by=request.user)
        return redirect_with(request, _page(pool), rule_sentence(rule))

    return answer_form(request, form, template="crm_core/recycle_rule_form.html", feature="crm.recycle.rule", save=save, context={"pool": pool}, obj=pool)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_pool", raise_exception=True)
def recycle_rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rule = _rule(request, pk)
    form = RecycleRuleForm(request.POST or None, instance=rule, by=request.user)

    def save() -> HttpResponse:
        save_recycle_rule(rule=rule, changes=_changes(form), version=form.sent_version(), by=request.user)
        return redirect_with(request, _page(rule.pool), rule_sentence(rule))

    context = {"pool": rule.pool, "rule": rule}
    return answer_form(request, form, template="crm_core/recycle_rule_form.html", feature="crm.recycle.rule", save=save, context=context, obj=rule.pool)


@require_POST
@permission_required("crm_core.change_pool", raise_exception=True)
def recycle_rule_drop(request: HttpRequest, pk: int) -> HttpResponse:
    rule = _rule(request, pk)
    pool = rule.pool
    drop_recycle_rule(rule=rule, by=request.user)
    return redirect_with(request, _page(pool), _("The rule is gone; what it did stays in the ledger."))


@require_GET
@permission_required("crm_core.change_pool", raise_exception=True)
def recycle_rule_count(request: HttpRequest, pk: int) -> HttpResponse:
    """While a rule is typed: in words what it says, and what it would do tonight."""
    pool = _pool(request, pk)
    form = RecycleRuleForm(request.GET, by=request.user)
    context: dict[str, Any] = {}
    if form.is_valid():
        changes = _changes(form)
        tags = list(changes.pop("exempt_tags"))
        rule = RecycleRule(pool=pool, **changes)
        context = {"sentence": rule_sentence(rule, tags=tags), **count_outcomes(RuleBook(timezone.localdate(), [rule], typed_tags=tags))}
    return render(request, "crm_core/_recycle_count.html", context)
