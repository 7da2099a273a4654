from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account
from crm_core.models.code_field import CodeField
from crm_core.models.custom_field import search_words
from crm_core.models.recycling import Mergeable, MergeableQuerySet, Recyclable
from crm_core.names import SOUND_MAX, person_core, person_sound
from foundation.people.access import Access
from foundation.people.models import Department
from foundation.text import fold, name_key
from foundation.visibility import ExistsEach, is_few


class DealRole(models.TextChoices):
    """The part a contact plays when the account decides to buy."""

    DECIDES = "decides", _("Decides")
    INFLUENCES = "influences", _("Influences")
    USES = "uses", _("Uses")
    BUYS = "buys", _("Buys and signs")
    GUARDS = "guards", _("Guards the door")


class ContactQuerySet(MergeableQuerySet):
    def extra_visibility(self, access: Access) -> Q:
        """Contacts follow their accounts: who sees an account sees its people.

        Few accounts name their people, an array that is looked up by index; of many it is asked contact by contact in the order of the
        list, because PostgreSQL would else gather the people of all of them before the first row.
        """
        accounts = Account.objects.visible_to(access.user, access)
        if is_few(accounts, self.model._base_manager.all(), access=access):
            return Q(pk__among=AccountContact.objects.filter(account__in=accounts).values("contact"))
        return Q(ExistsEach(accounts.filter(pk__in=AccountContact.objects.filter(contact=OuterRef(OuterRef("pk"))).values("account"))))


class Contact(Mergeable, Recyclable):
    """A person at a customer, known once, who may stand in several accounts with a dated role in each."""

    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    name_fold = models.CharField(max_length=80, editable=False, blank=True, db_index=True)
    name_key = models.CharField(max_length=200, editable=False, blank=True)
    name_core = models.CharField(max_length=80, editable=False, blank=True, db_index=True)
    name_sound = models.CharField(max_length=SOUND_MAX, editable=False, blank=True, db_index=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_key = models.CharField(max_length=20, editable=False, blank=True, db_index=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    remark = models.TextField(_("remark"), max_length=2000, blank=True)
    external_key = models.CharField(_("key in another system"), max_length=120, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("owner"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department"))
    accounts = models.ManyToManyField(Account, through="AccountContact", related_name="contacts", verbose_name=_("accounts"))

    objects = ContactQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["name_fold", "name_key", "name_core", "name_sound", "also_known", "phone_key"])

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name_key", "pk"]
        constraints = [models.UniqueConstraint(fields=["external_key"], condition=~Q(external_key=""), name="contact_external_key")]
        indexes = [
            models.Index(fields=["name_key", "id"], name="contact_name_key"),
            models.Index(fields=["owner", "name_key"], name="contact_owner_name"),
            models.Index(fields=["email"], name="contact_email"),
            models.Index(fields=["wechat"], name="contact_wechat"),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def get_absolute_url(self) -> str:
        """The page of the contact."""
        return reverse("crm_core:contact_detail", args=[self.pk])

    def search_entry(self, places: Sequence[str] | None = None) -> dict[str, Any]:
        """What search knows of the contact: names, numbers, and the accounts of today (``places``, where a load knows them already)."""
        if places is None:
            links = self.account_links.filter(ends_on__isnull=True).select_related("account") if self.pk else []
            places = [link.account.name for link in links]
        return {
            "title": self.name,
            "names": (self.name_en,),
            "subtitle": " · ".join(filter(None, [self.name_en, *places])),
            "body": "\n".join(filter(None, [self.email, self.wechat, self.remark, *search_words("contact", self.custom)])),
            "codes": (self.phone_key, self.phone, self.external_key, *self.also_known),
            "owner": self.owner_id,
            "department": self.department_id,
        }

    def set_keys(self) -> None:
        """Bring the derived sort and comparison keys in step with the name."""
        self.name_fold = fold(self.name)[:80]
        self.name_key = name_key(self.name)
        self.name_core, self.name_sound = person_core(self.name)[:80], person_sound(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep sort and comparison keys in step, whoever saves."""
        self.set_keys()
        if (fields := kwargs.get("update_fields")) is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_fold", "name_key", "name_core", "name_sound"}
        super().save(*args, **kwargs)


class AccountContactQuerySet(models.QuerySet):
    def on(self, day: date) -> "AccountContactQuerySet":
        """Roles in force on ``day``; both ends belong to the period."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), Q(starts_on__isnull=True) | Q(starts_on__lte=day))


class AccountContact(models.Model):
    """That a contact works for an account under a title from one day to another."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="contact_links", verbose_name=_("account"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="account_links", verbose_name=_("contact"))
    title = CodeField(pgettext_lazy("contact", "title"), dictionary="title", max_length=80, blank=True)
    deal_role = CodeField(_("role in the deal"), dictionary="deal_role", max_length=40, blank=True)
    is_main = models.BooleanField(_("main contact"), default=False)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = AccountContactQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contact of an account")
        verbose_name_plural = _("contacts of accounts")
        ordering = ["-is_main", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "contact"], condition=Q(ends_on__isnull=True), name="account_contact_open_once"),
            models.UniqueConstraint(fields=["account"], condition=Q(is_main=True, ends_on__isnull=True), name="account_contact_one_main"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="account_contact_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.account}"
