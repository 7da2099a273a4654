from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.people.models import Department
from implementation.models.rollout import Rollout, ThroughRollout


class TeamRole(models.TextChoices):
    SPONSOR = "sponsor", _("Sponsor")
    PROJECT_MANAGER = "project_manager", _("Project manager")
    CONSULTANT = "consultant", _("Consultant")
    DEVELOPER = "developer", _("Developer")
    TRAINER = "trainer", _("Trainer")
    KEY_USER = "key_user", _("Key user")
    LIAISON = "liaison", _("Liaison")
    DEPUTY = "deputy", _("Liaison's deputy")


PER_DEPARTMENT = (TeamRole.LIAISON, TeamRole.DEPUTY)


class TeamMemberQuerySet(ThroughRollout):
    def on(self, day: date):
        """Memberships in force on ``day``; both ends belong to the period, an empty end is open."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def liaisons_for(self, department: Department, day: date):
        """Liaisons and deputies who answer for a department on ``day``: its own first, then those of the departments above, nearest first."""
        above = [int(part) for part in department.path.split(".") if part]
        return self.on(day).filter(role__in=PER_DEPARTMENT, department__in=above, user__is_active=True).order_by("-department__path", "-role", "pk")


class TeamMember(models.Model):
    """That a person has a role in a rollout from one day to another; liaisons and their deputies speak for a department."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="team", verbose_name=_("rollout"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rollout_memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=16, choices=TeamRole.choices)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="rollout_members", verbose_name=_("for department"))
    share = models.PositiveSmallIntegerField(_("share of working time, %"), default=50)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = TeamMemberQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering = ["rollout", "role", "department__path", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="team_member_ends_after_start"),
            models.CheckConstraint(condition=~Q(role__in=["liaison", "deputy"]) | Q(department__isnull=False), name="team_liaison_has_department"),
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=100), name="team_member_share_in_percent"),
            models.UniqueConstraint(
                fields=["rollout", "user", "role", "department"], condition=Q(ends_on__isnull=True, department__isnull=False), name="team_member_open_once"
            ),
            models.UniqueConstraint(
                fields=["rollout", "user", "role"], condition=Q(ends_on__isnull=True, department__isnull=True), name="team_member_open_once_overall"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
