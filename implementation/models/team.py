from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.people.models import Department
from foundation.reading import read_together
from implementation.models.rollout import OPEN_STATES, Rollout, ThroughRollout


class TeamRole(models.TextChoices):
    SPONSOR = "sponsor", _("Sponsor")
    PROJECT_MANAGER = "project_manager", _("Project manager")
    CONSULTANT = "consultant", _("Consultant")
    DEVELOPER = "developer", _("Developer")
    TRAINER = "trainer", _("Trainer")
    KEY_USER = "key_user", _("Key user")
    LIAISON = "liaison", _("Liaison")
    DEPUTY = "deputy", _("Liaison's deputy")


# Without these a rollout does not stand; liaisons and deputies are asked for per department.
NEEDED_ROLES = (TeamRole.SPONSOR, TeamRole.PROJECT_MANAGER, TeamRole.CONSULTANT, TeamRole.DEVELOPER, TeamRole.TRAINER, TeamRole.KEY_USER)
PER_DEPARTMENT = (TeamRole.LIAISON, TeamRole.DEPUTY)


class TeamMemberQuerySet(ThroughRollout):
    def on(self, day: date) -> Self:
        """Memberships in force on ``day``; both ends belong to the period, an empty end is open."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def liaisons_for(self, department: Department, day: date) -> Self:
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


@dataclass(frozen=True)
class Vacancy:
    """A role that nobody holds, for a department where the role is per department."""

    role: TeamRole
    department: Department | None = None

    def __str__(self) -> str:
        return f"{self.role.label} · {self.department}" if self.department else str(self.role.label)


@dataclass(frozen=True)
class Overload:
    """A person whose shares of working time in open rollouts add up to more than the whole."""

    user: Any
    share: int
    rollouts: int


def uncovered(departments: Iterable[Department], members: Iterable[TeamMember]) -> list[Vacancy]:
    """Which departments lack a liaison or a deputy; one who is named for a department above covers those below."""
    held = [(member.role, member.department.path) for member in members if member.department]
    return [
        Vacancy(role, department)
        for department in departments
        for role in PER_DEPARTMENT
        if not any(role == holder and department.path.startswith(path) for holder, path in held)
    ]


def vacancies(rollout: Rollout, day: date, departments: Iterable[Department] | None = None) -> list[Vacancy]:
    """Empty roles of the team on ``day``: needed roles first, then liaisons and deputies per department."""
    members, whole = rollout.team.on(day).filter(user__is_active=True).select_related("department"), rollout.departments.all()
    read_together(members, *([whole] if departments is None else []))
    filled = {member.role for member in members}
    empty = [Vacancy(role) for role in NEEDED_ROLES if role not in filled]
    return empty + uncovered(whole if departments is None else departments, members)


def overloaded(rollout: Rollout, day: date) -> models.QuerySet[Any]:
    """Members of this team who are promised for more than all their time, with what that is (``total``) over how many open ``rollouts``."""
    shares = TeamMember.objects.on(day).filter(user=OuterRef("pk"), rollout__state__in=OPEN_STATES).order_by().values("user")
    people = get_user_model()._default_manager.filter(pk__in=rollout.team.on(day).values("user"))
    sums = people.annotate(
        total=Subquery(shares.annotate(number=Sum("share")).values("number")),
        rollouts=Subquery(shares.annotate(number=Count("rollout", distinct=True)).values("number")),
    )
    return sums.filter(total__gt=100).order_by("-total", "pk")


def overloads(rollout: Rollout, day: date) -> list[Overload]:
    """The same as a list for pages."""
    return [Overload(person, person.total, person.rollouts) for person in overloaded(rollout, day)]
