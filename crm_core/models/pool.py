"""Public pools: where accounts lie that nobody owns, who may draw from them, and under which rules."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.people.access import Access, Scope, access_of
from foundation.people.models import Department
from foundation.visibility import NOTHING, ScopedQuerySet

DRAWING_PERMISSION = "crm_core.claim_account"
MANAGING_PERMISSION = "crm_core.change_pool"
MOST_DAYS = 3650


def pool_department_ids(access: Access) -> set[int]:
    """Departments whose pool a person may draw from: those of the own posts and every one above them."""
    return {int(part) for post in access.posts if DRAWING_PERMISSION in post.role.permissions for part in post.department_path.split(".") if part}


class QuotaPeriod(models.TextChoices):
    DAY = "day", _("per day")
    WEEK = "week", _("per week")
    MONTH = "month", _("per month")


class PoolQuerySet(ScopedQuerySet):
    owner_paths = ()
    department_paths = ("department",)

    def active(self) -> Self:
        """Pools into which accounts may fall and from which they may be claimed."""
        return self.filter(is_active=True)

    def drawable_by(self, access: Access) -> Self:
        """Active pools from which the person may claim: by department unless the pool is for named members only, or by name."""
        if DRAWING_PERMISSION not in access.permissions:
            return self.none()
        departments = pool_department_ids(access)
        named = PoolMember.objects.filter(pool=OuterRef("pk"), user=access.user)
        more = Pool.more_departments.through.objects.filter(pool=OuterRef("pk"), department__in=departments)
        return self.active().filter(Q(Exists(named)) | Q(members_only=False) & (Q(department__in=departments) | Q(Exists(more))))

    def extra_visibility(self, access: Access) -> Q:
        """Pools one may draw from or looks after."""
        return Q(pk__in=drawable_pool_ids(access)) | Q(Exists(PoolMember.objects.filter(pool=OuterRef("pk"), user=access.user)))

    def managed_by(self, user: Any) -> Self:
        """Pools whose rules the person may change: all of them, those of the departments one leads, or those one is named to look after."""
        access = access_of(user)
        if MANAGING_PERMISSION not in access.permissions:
            return self.none()
        if access.sees_all("crm_core.pool"):
            return self
        where: Q = Q(Exists(PoolMember.objects.filter(pool=OuterRef("pk"), user=access.user, is_admin=True)))
        for scope, post in access.scope_posts("crm_core.pool"):
            if MANAGING_PERMISSION in post.role.permissions:
                where |= self._led(scope, post)
        return self.filter(where)

    def _led(self, scope: Scope, post: Any) -> Q:
        if scope == Scope.BELOW:
            return Q(department__path__startswith=post.department_path)
        if scope == Scope.BUSINESS_UNIT and post.business_unit_id:
            return Q(department__business_unit=post.business_unit_id)
        return Q(department=post.department_id) if scope == Scope.DEPARTMENT else NOTHING


class Pool(models.Model):
    """A place for accounts that nobody owns: for a department and those below it, for further ones, or for named members only."""

    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, related_name="pools", verbose_name=_("department"), help_text=_("It and all below may claim."))
    more_departments = models.ManyToManyField(Department, blank=True, related_name="+", verbose_name=_("further departments"))
    kinds = models.JSONField(_("account kinds"), default=list, blank=True, help_text=_("Only these fall in here; none chosen means every kind."))
    members_only = models.BooleanField(_("for named members only"), default=False)
    is_default = models.BooleanField(
        _("default of the department"), default=False, help_text=_("Accounts of the department fall in here unless another pool fits better.")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    quota = models.PositiveSmallIntegerField(
        _("claims per person"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty means as many as one likes.")
    )
    quota_period = models.CharField(_("counted"), max_length=5, choices=QuotaPeriod.choices, default=QuotaPeriod.WEEK)
    cooldown_owner_days = models.PositiveSmallIntegerField(
        _("days before the former owner may claim again"), default=0, validators=[MaxValueValidator(MOST_DAYS)]
    )
    cooldown_team_days = models.PositiveSmallIntegerField(
        _("days before the former owner's team may claim"), default=0, validators=[MaxValueValidator(MOST_DAYS)]
    )
    quiet_hours_after_fall = models.PositiveSmallIntegerField(
        _("hours after an account falls in which nobody may claim it"), default=0, validators=[MaxValueValidator(24 * 90)]
    )
    quiet_from = models.TimeField(_("no claiming from"), null=True, blank=True)
    quiet_to = models.TimeField(_("no claiming until"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = PoolQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[more_departments])

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["department"], condition=Q(is_default=True), name="pool_one_default_per_department"),
            models.CheckConstraint(condition=~Q(name=""), name="pool_has_name"),
            models.CheckConstraint(condition=Q(quota__isnull=True) | Q(quota__gte=1), name="pool_quota_positive"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False) & ~Q(quiet_from=F("quiet_to")),
                name="pool_quiet_time_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class PoolMember(models.Model):
    """A person named for a pool: to draw from it although of another department, or to look after its rules."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="members", verbose_name=_("pool"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    is_admin = models.BooleanField(_("looks after the pool"), default=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("pool member")
        verbose_name_plural = _("pool members")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["pool", "user"], name="pool_member_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.pool}"


def drawable_pool_ids(access: Access) -> list[int]:
    """Numbers of the pools the person may draw from, read once per request."""
    kept: list[int] | None = getattr(access, "_drawable_pools", None)
    if kept is None:
        kept = list(Pool.objects.drawable_by(access).values_list("pk", flat=True))
        access._drawable_pools = kept  # type: ignore[attr-defined]
    return kept


class PoolEventKind(models.TextChoices):
    CLAIM = "claim", _("Claimed")
    ASSIGN = "assign", _("Assigned")
    RETURN = "return", _("Returned")
    RECYCLE = "recycle", _("Fell by a rule")
    MOVE = "move", _("Moved to another pool")
    WARN = "warn", _("Owner reminded")
    REFUSE = "refuse", _("Claim refused")
    STAY = "stay", _("Could not fall")


class PoolEventQuerySet(ScopedQuerySet):
    owner_paths = ("user", "by")
    department_paths = ("department",)

    def extra_visibility(self, access: Access) -> Q:
        """Who looks after a pool reads its ledger."""
        return Q(Exists(PoolMember.objects.filter(pool=OuterRef("pool"), user=access.user, is_admin=True)))


class PoolEvent(models.Model):
    """What happened at a pool and why: each claim, fall, reminder and refusal with its rule, its values and its date; rows are only added."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=8, choices=PoolEventKind.choices)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, related_name="events", verbose_name=_("pool"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department"))
    account = models.ForeignKey("crm_core.Account", models.SET_NULL, null=True, related_name="pool_events", verbose_name=_("account"))
    account_name = models.CharField(_("account"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("person"), help_text=_("Who took, lost or wanted the account.")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("done by"), help_text=_("Empty for the nightly run.")
    )
    rule = models.CharField(_("rule"), max_length=20, blank=True)
    recycle_rule = models.ForeignKey("crm_core.RecycleRule", models.SET_NULL, null=True, related_name="+", verbose_name=_("recycle rule"))
    values = models.JSONField(_("values"), default=dict, blank=True)
    due_on = models.DateField(_("date"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = PoolEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("pool event")
        verbose_name_plural = _("pool events")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "recycle_rule", "due_on"], condition=Q(kind__in=["warn", "stay"]), name="pool_event_said_once"),
        ]
        indexes = [
            models.Index(fields=["user", "pool", "at"], condition=Q(kind="claim"), name="pool_event_claims"),
            models.Index(fields=["account", "-at"], name="pool_event_account"),
            models.Index(fields=["pool", "-at"], name="pool_event_pool"),
        ]

    def __str__(self) -> str:
        return f"{self.account_name}: {self.get_kind_display()}"
