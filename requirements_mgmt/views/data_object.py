"""Data objects, systems and interfaces of a rollout: three lists, their pages and forms."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from implementation.views.editing import edit
from requirements_mgmt.filters import DataObjectFilter, InterfaceFilter, SystemFilter
from requirements_mgmt.forms import DataObjectForm, InterfaceForm, SystemForm
from requirements_mgmt.models import DataObject, FlowFinding, Interface, Requirement, System
from requirements_mgmt.services import delete_data_object, delete_interface, delete_system, new_row, save_described
from requirements_mgmt.views.flow import rollout_seen
from requirements_mgmt.views.standing import in_rollout, reads

describes_data = permission_required("requirements_mgmt.change_dataobject", raise_exception=True)
describes_systems = permission_required("requirements_mgmt.change_system", raise_exception=True)
INTERFACE_TONES = {"reserved": "watch", "stubbed": "info", "live": "good"}


def _joined(*names: Any) -> str:
    return _(", ").join(str(name) for name in names if name)


def _codes(name: str) -> Any:
    return lambda row: _joined(*(one.code for one in getattr(row, name).all() if one.state != "dropped"))


DATA_COLUMNS = [
    Column("name", gettext_lazy("Data object"), lambda row: str(row), sort="name", kind="link", url=DataObject.get_absolute_url, phone=True),
    Column("source", gettext_lazy("Comes from"), lambda row: _joined(row.source_name, row.source_system), phone=True),
    Column("made_by", gettext_lazy("Produced by"), _codes("made_by"), phone=True),
    Column("taken_by", gettext_lazy("Taken by"), _codes("taken_by")),
    Column("consumer", gettext_lazy("Goes out to"), lambda row: _joined(row.consumer_name, row.consumer_system)),
    Column("masters", gettext_lazy("Mastered by"), lambda row: _joined(*row.masters.all())),
    Column("name_en", gettext_lazy("English name"), "name_en", sort="name_en", default=False),
]
SYSTEM_COLUMNS = [
    Column("name", gettext_lazy("System"), lambda row: str(row), sort="name", kind="link", url=System.get_absolute_url, phone=True),
    Column(
        "live",
        gettext_lazy("State"),
        lambda row: _("Live") if row.is_live else _("Not live"),
        sort="is_live",
        kind="badge",
        tone=lambda row: "good" if row.is_live else "watch",
        phone=True,
    ),
    Column("live_on", gettext_lazy("Goes live on"), "live_on", sort="live_on", kind="date"),
    Column("owner", gettext_lazy("Owner"), "owner", sort="owner__name_key", kind="person"),
    Column("gives", gettext_lazy("Gives"), lambda row: _joined(*row.gives.all())),
    Column("takes", gettext_lazy("Takes"), lambda row: _joined(*row.takes.all())),
    Column("mastered", gettext_lazy("Masters"), lambda row: _joined(*row.mastered.all())),
]
INTERFACE_COLUMNS = [
    Column("name", gettext_lazy("Name of the interface"), lambda row: str(row), sort="name", kind="link", url=Interface.get_absolute_url, phone=True),
    Column("from", gettext_lazy("From system"), "from_system", sort="from_system__name"),
    Column("to", gettext_lazy("To system"), "to_system", sort="to_system__name"),
    Column("data", gettext_lazy("Data objects"), lambda row: _joined(*row.data.all())),
    Column("state", gettext_lazy("State"), "get_state_display", sort="state", kind="badge", tone=lambda row: INTERFACE_TONES[row.state], phone=True),
    Column("owner", gettext_lazy("Owner"), "owner", sort="owner__name_key", kind="person", phone=True),
]
LISTS: dict[type[models.Model], dict[str, Any]] = {
    DataObject: {
        "columns": DATA_COLUMNS,
        "filterset": DataObjectFilter,
        "key": "requirements.data",
        "join": ("source_system", "consumer_system"),
        "fetch": ("made_by", "taken_by", "masters"),
    },
    System: {"columns": SYSTEM_COLUMNS, "filterset": SystemFilter, "key": "requirements.systems", "join": ("owner",), "fetch": ("gives", "takes", "mastered")},
    Interface: {
        "columns": INTERFACE_COLUMNS,
        "filterset": InterfaceFilter,
        "key": "requirements.interfaces",
        "join": ("from_system", "to_system", "owner"),
        "fetch": ("data",),
    },
}


def _list(request: HttpRequest, model: Any, noun: str) -> HttpResponseBase:
    rollout, parts = rollout_seen(request), LISTS[model]
    return list_response(
        request,
        queryset=model.objects.visible_to(request.user).filter(rollout=rollout).select_related(*parts["join"]).prefetch_related(*parts["fetch"]),
        columns=parts["columns"],
        template="requirements_mgmt/described_list.html",
        key=parts["key"],
        filterset=parts["filterset"],
        search=("name__icontains", "name_en__icontains"),
        order=("name", "pk"),
        export_permission="requirements_mgmt.export_requirement",
        context={"rollout": rollout, "noun": noun, "heading": model._meta.verbose_name_plural, "create_url": _create_url(request, noun, rollout)},
    )


def _right(noun: str) -> str:
    return "requirements_mgmt.change_dataobject" if noun == "data_object" else "requirements_mgmt.change_system"


def _create_url(request: HttpRequest, noun: str, rollout: Any) -> str:
    return f"{reverse(f'requirements_mgmt:{noun}_create')}?rollout={rollout.pk}" if request.user.has_perm(_right(noun)) else ""


@require_GET
@reads
@in_rollout
def data_object_list(request: HttpRequest) -> HttpResponseBase:
    return _list(request, DataObject, "data_object")


@require_GET
@reads
@in_rollout
def system_list(request: HttpRequest) -> HttpResponseBase:
    return _list(request, System, "system")


@require_GET
@reads
@in_rollout
def interface_list(request: HttpRequest) -> HttpResponseBase:
    return _list(request, Interface, "interface")


def _row(request: HttpRequest, model: Any, pk: int) -> Any:
    return get_object_or_404(model.objects.visible_to(request.user).select_related("rollout", *LISTS[model]["join"]), pk=pk)


def _detail(request: HttpRequest, row: Any, noun: str, facts: list[tuple[Any, Any]], sides: list[tuple[Any, Any]]) -> HttpResponse:
    context = {
        "row": row,
        "noun": noun,
        "facts": facts,
        "sides": [(label, list(rows)) for label, rows in sides],
        "findings": FlowFinding.objects.about(row),
        "list_url": reverse(f"requirements_mgmt:{noun}_list"),
        "list_label": type(row)._meta.verbose_name_plural,
        "edit_url": reverse(f"requirements_mgmt:{noun}_edit", args=[row.pk]),
        "may_change": request.user.has_perm(_right(noun)),
    }
    return render(request, "requirements_mgmt/described_detail.html", context)


@require_GET
@reads
def data_object_detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, DataObject, pk)
    seen = Requirement.objects.visible_to(request.user).live().order_by("code_key", "pk")
    facts = [
        (_("Comes from"), _joined(row.source_name, row.source_system)),
        (_("Goes out to"), _joined(row.consumer_name, row.consumer_system)),
        (_("Mastered by"), _joined(*row.masters.all())),
        (_("English name"), row.name_en),
    ]
    sides = [
        (_("Produced by"), seen.filter(outputs=row)[:50]),
        (_("Taken by"), seen.filter(inputs=row)[:50]),
        (_("Goes over"), row.interfaces.select_related("from_system", "to_system")[:50]),
    ]
    return _detail(request, row, "data_object", facts, sides)


@require_GET
@reads
def system_detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, System, pk)
    facts = [
        (_("State"), _("Live") if row.is_live else _("Not live")),
        (_("Goes live on"), row.live_on),
        (_("Owner"), row.owner),
        (_("English name"), row.name_en),
    ]
    ways = Interface.objects.filter(models.Q(from_system=row) | models.Q(to_system=row))
    sides = [(_("Gives"), row.gives.all()[:50]), (_("Takes"), row.takes.all()[:50]), (_("Masters"), row.mastered.all()[:50]), (_("Interfaces"), ways[:50])]
    return _detail(request, row, "system", facts, sides)


@require_GET
@reads
def interface_detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, Interface, pk)
    facts = [(_("State"), row.get_state_display()), (_("Owner"), row.owner), (_("English name"), row.name_en)]
    sides = [(_("From system"), [row.from_system]), (_("To system"), [row.to_system]), (_("Data objects"), row.data.all()[:50])]
    return _detail(request, row, "interface", facts, sides)


def _form(request: HttpRequest, form_class: Any, row: Any, noun: str) -> HttpResponse:
    is_new = row.pk is None
    list_url = f"{reverse(f'requirements_mgmt:{noun}_list')}?rollout={row.rollout_id}"
    heading = _("New: %(noun)s") % {"noun": row._meta.verbose_name} if is_new else _("Edit %(name)s") % {"name": row}
    return edit(
        request,
        form=form_class(request.POST or None, instance=row),
        save=lambda form: save_described(row=row, values=form.values(), sent_version=None if is_new else form.sent_version, by=request.user),
        done=lambda saved: saved.get_absolute_url(),
        message=_("Saved."),
        feature={"data_object": "requirements.data"}.get(noun, f"requirements.{noun}") + (".create" if is_new else ".edit"),
        context={
            "heading": heading,
            "row": row,
            "list_url": list_url,
            "list_label": row._meta.verbose_name_plural,
            "cancel": list_url if is_new else row.get_absolute_url(),
            "delete_url": "" if is_new else reverse(f"requirements_mgmt:{noun}_delete", args=[row.pk]),
        },
        stored=None if is_new else type(row).objects.get(pk=row.pk),
        template="requirements_mgmt/described_form.html",
    )


def _remove(request: HttpRequest, row: Any, noun: str, service: Any) -> HttpResponse:
    list_url = f"{reverse(f'requirements_mgmt:{noun}_list')}?rollout={row.rollout_id}"
    try:
        service(**{noun: row}, by=request.user)
    except Refused as refusal:
        return redirect_with(request, row.get_absolute_url(), refusal, tone="bad")
    return redirect_with(request, list_url, _("%(name)s is deleted.") % {"name": row})


@require_http_methods(["GET", "POST"])
@describes_data
@in_rollout
def data_object_create(request: HttpRequest) -> HttpResponse:
    return _form(request, DataObjectForm, new_row(DataObject, rollout_seen(request)), "data_object")


@require_http_methods(["GET", "POST"])
@describes_data
def data_object_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, DataObjectForm, _row(request, DataObject, pk), "data_object")


@require_POST
@describes_data
def data_object_delete(request: HttpRequest, pk: int) -> HttpResponse:
    return _remove(request, _row(request, DataObject, pk), "data_object", delete_data_object)


@require_http_methods(["GET", "POST"])
@describes_systems
@in_rollout
def system_create(request: HttpRequest) -> HttpResponse:
    return _form(request, SystemForm, new_row(System, rollout_seen(request)), "system")


@require_http_methods(["GET", "POST"])
@describes_systems
def system_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, SystemForm, _row(request, System, pk), "system")


@require_POST
@describes_systems
def system_delete(request: HttpRequest, pk: int) -> HttpResponse:
    return _remove(request, _row(request, System, pk), "system", delete_system)


@require_http_methods(["GET", "POST"])
@describes_systems
@in_rollout
def interface_create(request: HttpRequest) -> HttpResponse:
    return _form(request, InterfaceForm, new_row(Interface, rollout_seen(request)), "interface")


@require_http_methods(["GET", "POST"])
@describes_systems
def interface_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, InterfaceForm, _row(request, Interface, pk), "interface")


@require_POST
@describes_systems
def interface_delete(request: HttpRequest, pk: int) -> HttpResponse:
    return _remove(request, _row(request, Interface, pk), "interface", delete_interface)
