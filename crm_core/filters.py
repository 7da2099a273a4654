"""The filter bars of the lists."""

from collections.abc import Callable, Hashable
from datetime import datetime, time, timedelta
from typing import Any, ClassVar, cast

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm_core.field_values import TARGETS, seen_fields
from crm_core.forms.codes import CodeFilterField
from crm_core.models import (
    Account,
    AccountKind,
    Activity,
    ActivityKind,
    Collaborator,
    Contact,
    CustomField,
    FieldType,
    ImportBatch,
    ImportKind,
    Opportunity,
    Outcome,
    Pipeline,
    Stage,
    Tag,
    Task,
    owners_per_unit,
)
from crm_core.models.activity import TaskQuerySet
from crm_core.models.book import HOME, REGION, book_of, settings_state
from crm_core.models.opportunity import OpportunityQuerySet
from crm_core.models.ownership import posts_reached
from crm_core.services.custom_values import compared, holds, with_text
from crm_core.services.dictionaries import within
from crm_core.veils import HIDDEN, levels_of
from foundation.people.access import access_of
from foundation.people.models import Assignment, User
from foundation.ui.fields import FlatSelect, RemoteSelect
from foundation.ui.filters import MOST_KEPT, ListFilterSet


class LastActivity(django_filters.ChoiceFilter):
    """How long nobody has been in touch."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            choices=[
                ("7", _("within 7 days")),
                ("30", _("within 30 days")),
                ("-30", _("over 30 days ago")),
                ("-90", _("over 90 days ago")),
                ("never", _("never")),
            ],
            **kwargs,
        )

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        if value == "never":
            return qs.filter(last_activity_at__isnull=True)
        edge = timezone.now() - timedelta(days=abs(int(value)))
        if value.startswith("-"):
            return qs.filter(Q(last_activity_at__lt=edge) | Q(last_activity_at__isnull=True, created_at__lt=edge))
        return qs.filter(last_activity_at__gte=edge)


class CodeFilter(django_filters.ChoiceFilter):
    """Rows that hold a value of a dictionary or one below it, so that a province finds its districts; retired values can still be asked for."""

    field_class = CodeFilterField

    def __init__(self, *, dictionary: str, **kwargs: Any):
        self.dictionary = dictionary
        super().__init__(dictionary=dictionary, **kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        if self.dictionary == REGION and value == HOME:  # thousands of places, told by their digits
            return qs.filter(Q(**{self.field_name: HOME}) | Q(**{f"{self.field_name}__gte": "1", f"{self.field_name}__lt": "9"}))
        return qs.filter(**{f"{self.field_name}__in": within(self.dictionary, value)})


class OwnerFilter(django_filters.ChoiceFilter):
    """People who own something that the reader sees, by key and name alone."""

    def __init__(self, label: Any = None) -> None:
        super().__init__(label=label or _("Owner"), widget=FlatSelect)

    @property
    def field(self) -> forms.Field:
        if not hasattr(self, "_field"):  # where it keeps the field once made
            self.extra["choices"] = self._owners()
        return super().field

    def _owners(self) -> list[tuple[int, str]]:
        return [] if self.parent.request is None else owners_offered(self.parent.request)


def owners_offered(request: HttpRequest) -> list[tuple[int, str]]:
    """Key and name of everybody whom an ``OwnerFilter`` offers."""
    rows = _possible_owners(cast(User, request.user)).order_by("name_key", "pk").values_list("pk", "display_name", "username")
    return [(pk, name or username) for pk, name, username in rows]


def _possible_owners(user: User) -> QuerySet[User]:
    """Whose accounts the reader may come upon: told by posts and shares, because asking the accounts takes longer the more there are."""
    access = access_of(user)
    if access.sees_all(Account._meta.label_lower) or owners_per_unit(access):
        return User.objects.filter(Exists(Account.objects.visible_to(user).filter(owner=OuterRef("pk")).order_by()))
    known = {user.pk, *(post.user_id for post in access.posts)}
    posted = Assignment.objects.filter(posts_reached(access), user=OuterRef("pk"))
    shared = Collaborator.objects.on(access.day).filter(user=user).values("account__owner")
    return User.objects.filter(Q(pk__in=known) | Exists(posted) | Q(pk__in=shared))


def _imports(kind: str) -> Any:
    """Files that the reader brought in, or may look through."""

    def rows(request: Any) -> QuerySet[ImportBatch]:
        if request is None or not request.user.has_perm("crm_core.import_account"):
            return ImportBatch.objects.none()
        return ImportBatch.objects.visible_to(request.user).filter(kind=kind, applied_at__isnull=False)

    return rows


class ImportFilter(django_filters.ModelChoiceFilter):
    """Records that one import made or changed."""

    def __init__(self, kind: str):
        super().__init__(label=_("Import"), queryset=_imports(kind))

    def filter(self, qs: QuerySet, value: ImportBatch | None) -> QuerySet:
        return qs.filter(pk__in=value.rows.filter(applied=True, undone=False).values("target_id")) if value else qs


def _rows(queryset: Callable[[HttpRequest], QuerySet]) -> Callable[[HttpRequest], list[tuple[Any, str]]]:
    """Rows as a list of choices."""
    return lambda request: [(row.pk, str(row)) for row in queryset(request)]


class CrmFilterSet(ListFilterSet):
    """A filter bar of the CRM; its words come from dictionaries and fields, and change with them and with the day."""

    @classmethod
    def drawn_from(cls, request: HttpRequest) -> Hashable:
        return (settings_state(), timezone.localdate())


class WithImports(CrmFilterSet):
    """A filter bar that offers the imports to those who import."""

    @classmethod
    def drawn_from(cls, request: HttpRequest) -> Hashable:
        return (super().drawn_from(request), request.user.has_perm("crm_core.import_account"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.request is None or not self.request.user.has_perm("crm_core.import_account"):
            self.filters.pop("batch", None)


class AccountFilter(WithImports):
    live: ClassVar = {"owner": owners_offered, "tag": lambda request: Tag.objects.values_list("pk", "name"), "batch": _rows(_imports(ImportKind.ACCOUNT))}
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=AccountKind.choices)
    level = CodeFilter(label=pgettext_lazy("account", "Level"), dictionary="level")
    industry = CodeFilter(label=_("Industry"), dictionary="industry")
    region = CodeFilter(label=_("Region"), dictionary="region")
    source = CodeFilter(label=_("Source"), dictionary="source")
    owner = OwnerFilter()
    last = LastActivity(label=_("Last activity"))
    created = django_filters.ChoiceFilter(
        label=pgettext_lazy("moment", "Created"),
        choices=[("30", _("last 30 days")), ("90", _("last 90 days")), ("365", _("last 365 days"))],
        method="by_created",
    )
    tag = django_filters.ModelChoiceFilter(label=_("Tag"), field_name="tags", queryset=Tag.objects.all())
    batch = ImportFilter(ImportKind.ACCOUNT)

    class Meta:
        model = Account
        fields: list[str] = []

    def by_created(self, qs: QuerySet, name: str, value: str) -> QuerySet:
        return qs.filter(created_at__gte=timezone.now() - timedelta(days=int(value))) if value else qs


class ContactFilter(WithImports):
    live: ClassVar = {"owner": owners_offered, "batch": _rows(_imports(ImportKind.CONTACT))}
    owner = OwnerFilter()
    reach = django_filters.ChoiceFilter(
        label=_("Can be reached by"),
        choices=[("phone", _("Phone")), ("email", _("E-mail")), ("wechat", _("WeChat")), ("none", _("nothing"))],
        method="by_reach",
    )
    batch = ImportFilter(ImportKind.CONTACT)

    class Meta:
        model = Contact
        fields: list[str] = []

    def by_reach(self, qs: QuerySet, name: str, value: str) -> QuerySet:
        levels = levels_of(self.request.user, "contact")
        known = [way for way in ("phone", "email", "wechat") if levels[way] != HIDDEN]  # what is hidden must not be asked for either
        if value == "none":
            return qs.filter(**dict.fromkeys(known, ""))
        return qs.exclude(**{value: ""}) if value in known else qs.none()


class OpportunityFilter(CrmFilterSet):
    live: ClassVar = {
        "owner": owners_offered,
        "pipeline": _rows(lambda request: Pipeline.objects.all()),
        "stage": _rows(lambda request: Stage.objects.select_related("pipeline")),
    }
    pipeline = django_filters.ModelChoiceFilter(label=_("Pipeline"), queryset=Pipeline.objects.all())
    stage = django_filters.ModelChoiceFilter(label=_("Sales stage"), queryset=Stage.objects.select_related("pipeline"))
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), field_name="stage__outcome", choices=Outcome.choices)
    owner = OwnerFilter()
    close = django_filters.ChoiceFilter(
        label=_("Close date"),
        choices=[("late", _("passed")), ("month", _("this month")), ("quarter", _("within 90 days")), ("none", _("none"))],
        method="by_close",
    )
    step = django_filters.ChoiceFilter(label=_("Next step"), choices=[("none", _("none planned")), ("late", _("overdue"))], method="by_step")

    class Meta:
        model = Opportunity
        fields: list[str] = []

    def by_close(self, qs: OpportunityQuerySet, name: str, value: str) -> QuerySet:
        today = timezone.localdate()
        if value == "none":
            return qs.filter(close_on__isnull=True)
        if value == "late":
            return qs.open().filter(close_on__lt=today)
        if value == "month":
            return qs.filter(close_on__year=today.year, close_on__month=today.month)
        return qs.filter(close_on__range=(today, today + timedelta(days=90)))

    def by_step(self, qs: OpportunityQuerySet, name: str, value: str) -> QuerySet:
        return qs.without_next_step() if value == "none" else qs.open().filter(next_step_on__lt=timezone.localdate())


class ActivityFilter(CrmFilterSet):
    live: ClassVar = {"author": owners_offered}
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ActivityKind.choices)
    author = OwnerFilter(_("Author"))
    since = django_filters.ChoiceFilter(label=_("Happened"), choices=[("1", _("today")), ("7", _("last 7 days")), ("30", _("last 30 days"))], method="by_since")

    class Meta:
        model = Activity
        fields: list[str] = []

    def by_since(self, qs: QuerySet, name: str, value: str) -> QuerySet:
        day = timezone.localdate() - timedelta(days=int(value) - 1)
        return qs.filter(occurred_at__gte=timezone.make_aware(datetime.combine(day, time.min)))


class TaskFilter(CrmFilterSet):
    live: ClassVar = {"owner": owners_offered}
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("due", _("due today")), ("overdue", _("overdue")), ("open", _("open")), ("done", pgettext_lazy("task", "done"))],
        method="by_state",
    )
    owner = OwnerFilter()
    whose = django_filters.ChoiceFilter(label=_("Whose"), choices=[("mine", _("mine"))], method="by_whose")

    class Meta:
        model = Task
        fields: list[str] = []

    def by_whose(self, qs: TaskQuerySet, name: str, value: str) -> QuerySet:
        return qs.filter(owner=self.request.user)

    def by_state(self, qs: TaskQuerySet, name: str, value: str) -> QuerySet:
        today = timezone.localdate()
        if value == "done":
            return qs.filter(done_at__isnull=False)
        if value == "due":
            return qs.due(today)
        return qs.overdue(today) if value == "overdue" else qs.open()


# --- fields that administrators add ---------------------------------------------------------------
_with_customs: dict[tuple[Any, ...], type[django_filters.FilterSet]] = {}


def with_customs(base: type[django_filters.FilterSet], noun: str, user: Any) -> type[django_filters.FilterSet]:
    """The filter bar with the custom fields that the person may see and that are offered as filters."""
    fields = [field for field in seen_fields(noun, user) if field.in_filter]
    if not fields:
        return base
    key = (base, get_language(), settings_state(), *(field.pk for field in fields))
    if key not in _with_customs:
        if len(_with_customs) >= MOST_KEPT:
            _with_customs.clear()
        found: dict[str, Any] = {}
        for field in fields:
            found |= _filters_of(field)
        if any(field.type == FieldType.RELATION for field in fields):
            found["drawn_from"] = staticmethod(lambda request: None)  # its choices are rows
        made: Any = type(base)
        _with_customs[key] = made(base.__name__, (base,), found)
    return _with_customs[key]


def _filters_of(field: CustomField) -> dict[str, django_filters.Filter]:
    label, kind = str(field), FieldType(field.type)
    if kind in {FieldType.CHOICE, FieldType.MULTI}:
        book = book_of(field.dictionary.key)  # type: ignore[union-attr]
        words = [(word.code, book.path(word.code) if word.parent else word.label) for word in book]
        return {field.name: django_filters.ChoiceFilter(label=label, choices=words, method=_held_by(field))}
    if kind == FieldType.BOOLEAN:
        return {field.name: django_filters.ChoiceFilter(label=label, choices=[("true", _("yes")), ("false", _("no"))], method=_held_by(field))}
    if kind == FieldType.RELATION:
        return {field.name: _relation_filter(field)}
    if kind == FieldType.TEXT:
        return {field.name: django_filters.CharFilter(label=label, method=_texted_by(field))}
    bounds = {"min": _("%(field)s from"), "max": _("%(field)s to")}
    made = django_filters.DateFilter if kind == FieldType.DATE else django_filters.NumberFilter
    more = {"widget": forms.DateInput} if kind == FieldType.DATE else {}
    return {f"{field.name}_{end}": made(label=words % {"field": label}, method=_bounded_by(field, end), **more) for end, words in bounds.items()}


def _relation_filter(field: CustomField) -> django_filters.Filter:
    def rows(request: Any) -> QuerySet:
        model = TARGETS[field.target]
        if request is None:
            return model.objects.none()
        return model.objects.filter(is_active=True).order_by("name_key", "pk") if model is User else model.objects.visible_to(request.user)

    more = {} if field.target == "person" else {"widget": RemoteSelect(f"crm_core:{field.target}_choices")}
    return django_filters.ModelChoiceFilter(label=str(field), queryset=rows, method=_held_by(field), **more)


def _held_by(field: CustomField) -> Any:
    def filtered(qs: QuerySet, name: str, value: Any) -> QuerySet:
        value = getattr(value, "pk", value)
        if field.type == FieldType.BOOLEAN:
            value = value == "true"
        codes = within(field.dictionary.key, value) if field.dictionary is not None else [value]
        condition = Q(pk__in=[])
        for code in codes:
            condition |= Q(holds(field, code))
        return qs.filter(condition)

    return filtered


def _texted_by(field: CustomField) -> Any:
    return lambda qs, name, value: with_text(qs, field, value.replace("\x00", ""))


def _bounded_by(field: CustomField, end: str) -> Any:
    return lambda qs, name, value: compared(qs, field, **{"least" if end == "min" else "most": value})
