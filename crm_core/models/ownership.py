from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_core.models.account import Account
from crm_core.models.pool import Pool
from foundation.people.access import Access, Scope, access_of, roles
from foundation.people.models import Assignment, Department, User

OWNING_PERMISSION = "crm_core.claim_account"


class OwnershipHow(models.TextChoices):
    CREATE = "create", _("Created")
    CLAIM = "claim", _("Claimed")
    ASSIGN = "assign", _("Assigned")
    TRANSFER = "transfer", _("Transferred")
    IMPORT = "import", pgettext_lazy("ownership", "Imported")
    DISPUTE = "dispute", _("Decided in a dispute")


class OwnershipEnd(models.TextChoices):
    """What ended a stretch of owning."""

    TRANSFER = "transfer", _("Transferred")
    RETURN = "return", _("Returned to the pool")
    RECYCLE = "recycle", _("Fell into the pool by a rule")
    DISPUTE = "dispute", _("Decided in a dispute")


class OwnershipQuerySet(models.QuerySet):
    def live(self) -> Self:
        """The rows in force: at most one per account (and business unit), which the database holds."""
        return self.filter(ends_at__isnull=True)


class Ownership(models.Model):
    """One stretch of time in which one person owned an account; the ledger that settles who owned whom, and when.

    ``slot`` is 0 while an account has one owner, else the number of the business unit: the constraint allows one live row
    per account and slot, and a trigger (crm_core.triggers) holds the slot to the mode in force.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="ownerships", verbose_name=_("account"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="ownerships", verbose_name=_("owner"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    business_unit = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("business unit"))
    slot = models.PositiveBigIntegerField(default=0, editable=False)
    how = models.CharField(_("how"), max_length=10, choices=OwnershipHow.choices)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    end_how = models.CharField(_("how it ended"), max_length=10, choices=OwnershipEnd.choices, blank=True)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)
    fell_into = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pool it fell into"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("done by"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by"))

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "slot"], condition=Q(ends_at__isnull=True), name="ownership_one_live_per_slot"),
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="ownership_ends_after_start"),
            models.CheckConstraint(condition=Q(slot=0) | Q(slot=F("business_unit")), name="ownership_slot_is_unit"),
        ]
        indexes = [
            models.Index(fields=["account", "-starts_at"], name="ownership_account_time"),
            models.Index(fields=["owner", "account"], condition=Q(ends_at__isnull=True), name="ownership_owner_live"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.owner}"


def slot_of(department: Department, *, per_unit: bool) -> int:
    """The slot of the ledger in which a person of this department owns an account."""
    return (department.business_unit_id or 0) if per_unit else 0


def posts_reached(access: Access) -> Q:
    """The assignments that the person's scopes of accounts reach, for somebody who does not see all of them."""
    where = Q(pk__in=[])
    for scope, post in access.scope_posts("crm_core.account"):
        if scope == Scope.BELOW:
            where |= Q(position__department__path__startswith=post.department_path)
        elif scope == Scope.DEPARTMENT:
            where |= Q(position__department=post.department_id)
        elif scope == Scope.BUSINESS_UNIT and post.business_unit_id:
            where |= Q(position__department__business_unit=post.business_unit_id)
        elif scope == Scope.REPORTS:
            where |= Q(user__in=access.report_ids)
    return where


def possible_owners(by: User) -> models.QuerySet[User]:
    """People who may own accounts and to whom this person may hand one: as far as the person's own scope reaches."""
    access = access_of(by)
    selling = [role.key for role in roles().values() if OWNING_PERMISSION in role.permissions]
    posts = Assignment.objects.on(access.day).filter(position__role__in=selling, user__is_active=True)
    if not access.sees_all("crm_core.account"):
        posts = posts.filter(Q(user=by) | posts_reached(access))
    return User.objects.filter(pk__in=posts.values("user")).order_by("name_key", "pk")
