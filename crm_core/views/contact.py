from functools import partial

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.filters import ContactFilter
from crm_core.forms import ContactForm, LinkForm, NewContactForm, RoleForm
from crm_core.models import Account, AccountContact, Contact, Opportunity, Subject
from crm_core.searching import search_veil
from crm_core.services.contact import change_link, create_contact, end_link, link_contact, update_contact
from crm_core.services.sharing import may_change_contact
from crm_core.timeline import contact_timeline
from crm_core.veils import veil, with_own
from crm_core.views.custom_lists import list_parts
from crm_core.views.facts import fact_sections, facts_of
from crm_core.views.known import ask_first
from crm_core.views.merge import follows_merge
from crm_core.views.saving import answer_form
from foundation.search.lists import IndexedSearch
from foundation.ui.addresses import row_address
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with

contact_url = row_address("crm_core:contact_detail")


def _places(row: Contact) -> str:
    return "、".join(str(link.account) for link in row.account_links.all() if link.ends_on is None)


COLUMNS = [
    Column("name", gettext_lazy("Name"), value=str, sort="name_key", kind="link", url=contact_url, phone=True),
    Column("accounts", gettext_lazy("Accounts"), value=_places, phone=True),
    Column(
        "title",
        pgettext_lazy("contact", "Title"),
        value=lambda row: "、".join(link.get_title_display() for link in row.account_links.all() if link.title and link.ends_on is None),
    ),
    Column("phone", gettext_lazy("Phone"), phone=True),
    Column("email", gettext_lazy("E-mail")),
    Column("wechat", gettext_lazy("WeChat")),
    Column("owner", gettext_lazy("Owner"), value="owner", kind="person"),
    Column("created_at", pgettext_lazy("moment", "Created"), kind="datetime", sort="created_at", default=False),
]


@require_GET
@permission_required("crm_core.view_contact", raise_exception=True)
def contact_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        **list_parts(
            request,
            "contact",
            rows=with_own(Contact.objects.visible_to(request.user), request.user).select_related("owner").prefetch_related("account_links__account"),
            columns=COLUMNS,
            filterset=ContactFilter,
            key="crm.contacts",
        ),
        template="crm_core/contact_list.html",
        search=IndexedSearch(veil=partial(search_veil, by=request.user)),
        order=("name_key", "pk"),
        export_permission="crm_core.export_account",
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_contact", raise_exception=True)
def contact_create(request: HttpRequest) -> HttpResponse:
    """From the list, or quickly from an account's page (``?account=``)."""
    account = None
    if (asked := request.GET.get("account", "")).isdecimal() and len(asked) < 19:
        account = Account.objects.visible_to(request.user).filter(pk=asked).first()
    form = NewContactForm(request.POST or None, by=request.user, initial={"account": account})
    if (asked := ask_first(request, form, subject=Subject.CONTACT, template="crm_core/contact_form.html", context={"account": account})) is not None:
        return asked

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        create_contact(
            data=form.changes, account=cleaned["account"], title=cleaned["title"], deal_role=cleaned["deal_role"], by=request.user, now=timezone.now()
        )
        url = reverse("crm_core:account_detail", args=[cleaned["account"].pk])
        return redirect_with(request, url, _("%(name)s is a contact of %(account)s now.") % {"name": cleaned["name"], "account": cleaned["account"]})

    return answer_form(request, form, template="crm_core/contact_form.html", feature="crm.contact.create", save=save, context={"account": account})


@require_GET
@permission_required("crm_core.view_contact", raise_exception=True)
@follows_merge(Contact, "crm_core:contact_detail")
def contact_detail(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.visible_to(request.user).select_related("owner"), pk=pk)
    accounts = Account.objects.visible_to(request.user)
    context = {
        "contact": veil(contact, request.user),
        "facts": facts_of(contact, ContactForm, by=request.user),
        "fact_sections": fact_sections(contact, by=request.user),
        "may_change": request.user.has_perm("crm_core.change_contact") and may_change_contact(contact, request.user),
        "links": contact.account_links.filter(account__in=accounts).select_related("account").order_by("ends_on", "-pk"),
        "deals": Opportunity.objects.visible_to(request.user).filter(contact=contact).select_related("stage", "account")[:20],
        "timeline": contact_timeline(contact, by=request.user),
    }
    return render(request, "crm_core/contact_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_contact", raise_exception=True)
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    form = ContactForm(request.POST or None, instance=contact, by=request.user)

    def save() -> HttpResponse:
        update_contact(contact=contact, changes=form.changes, version=form.sent_version(), by=request.user, now=timezone.now())
        return redirect_with(request, contact_url(contact), _("Saved."))

    return answer_form(request, form, template="crm_core/contact_form.html", feature="crm.contact.edit", save=save, context={"contact": contact}, obj=contact)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_contact", raise_exception=True)
def contact_link(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    form = LinkForm(request.POST or None, by=request.user)

    def save() -> HttpResponse:
        link_contact(contact=contact, by=request.user, **form.cleaned_data)
        words = _("%(name)s is a contact of %(account)s now.") % {"name": contact, "account": form.cleaned_data["account"]}
        return redirect_with(request, contact_url(contact), words)

    return answer_form(request, form, template="crm_core/contact_link.html", feature="crm.contact.link", save=save, context={"contact": contact}, obj=contact)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_contact", raise_exception=True)
def contact_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Title, part in the deal and dates of a contact at an account."""
    rows = AccountContact.objects.filter(account__in=Account.objects.visible_to(request.user), contact__deleted_at__isnull=True)
    link = get_object_or_404(rows.select_related("account", "contact"), pk=pk)
    form = RoleForm(request.POST or None, instance=link)

    def save() -> HttpResponse:
        change_link(link=link, data=form.cleaned_data, by=request.user)
        return redirect_with(request, contact_url(link.contact), _("Saved."))

    return answer_form(request, form, template="crm_core/contact_role.html", feature="crm.contact.role", save=save, context={"link": link}, obj=link.contact)


@require_POST
@permission_required("crm_core.change_contact", raise_exception=True)
def contact_unlink(request: HttpRequest, pk: int) -> HttpResponse:
    rows = AccountContact.objects.filter(account__in=Account.objects.visible_to(request.user), ends_on__isnull=True).select_related("account", "contact")
    link = get_object_or_404(rows, pk=pk)
    end_link(link=link, by=request.user, today=timezone.localdate())
    url = reverse("crm_core:account_detail", args=[link.account_id])
    return redirect_with(request, url, _("%(name)s no longer works for %(account)s.") % {"name": link.contact, "account": link.account})
