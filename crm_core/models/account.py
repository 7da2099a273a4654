from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q, Value
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.codes import mask_id_number
from crm_core.models.code_field import CodeField
from crm_core.models.custom_field import search_words
from crm_core.models.ownership_mode import owners_per_unit
from crm_core.models.pool import Pool, drawable_pool_ids, pool_department_ids
from crm_core.models.recycling import Mergeable, MergeableQuerySet, Recyclable
from crm_core.names import BRAND_MAX, CORE_MAX, SOUND_MAX, company_name, name_core, sound_of
from foundation.people.access import Access, access_of
from foundation.people.models import Department
from foundation.text import fold, name_key


class AccountKind(models.TextChoices):
    COMPANY = "company", _("Company")
    MERCHANT = "merchant", _("Merchant")
    INDIVIDUAL = "individual", _("Individual")


class AccountLevel(models.TextChoices):
    A = "A", _("A · key")
    B = "B", _("B · important")
    C = "C", _("C · regular")
    D = "D", _("D · small")


class RegisteredStatus(models.TextChoices):
    """What the register of companies says of a customer."""

    IN_BUSINESS = "in_business", _("In business")
    CANCELLED = "cancelled", pgettext_lazy("registered status", "Cancelled")
    REVOKED = "revoked", _("Licence revoked")
    MOVED_OUT = "moved_out", _("Moved out")


class Industry(models.TextChoices):
    """Codes of the industries that ship, after GB/T 4754-2017 with the two that sell software split off; the dictionary says what they are called today."""

    AGRICULTURE = "agriculture", _("Agriculture, forestry and fishing")
    MINING = "mining", _("Mining")
    MANUFACTURING = "manufacturing", _("Manufacturing")
    UTILITIES = "utilities", _("Power, gas and water")
    CONSTRUCTION = "construction", _("Construction")
    TRADE = "trade", _("Wholesale and retail")
    LOGISTICS = "logistics", _("Transport and storage")
    HOSPITALITY = "hospitality", _("Hotels and catering")
    SOFTWARE = "software", _("Software and IT services")
    TELECOM = "telecom", _("Telecommunications and internet")
    FINANCE = "finance", _("Finance and insurance")
    REAL_ESTATE = "real_estate", _("Real estate")
    BUSINESS = "business", _("Leasing and business services")
    SCIENCE = "science", _("Research and technical services")
    ENVIRONMENT = "environment", _("Environment and public facilities")
    PERSONAL = "personal", _("Resident services and repair")
    EDUCATION = "education", _("Education")
    HEALTH = "health", _("Health and social work")
    CULTURE = "culture", _("Culture, sport and entertainment")
    PUBLIC = "public", _("Public administration")
    OTHER = "other", _("Other")


class Tag(models.Model):
    """A word that sales people stick on accounts to find them together."""

    name = models.CharField(_("tag"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(MergeableQuerySet):
    def extra_visibility(self, access: Access) -> Q:
        """Accounts one collaborates on, ownerless accounts in the pools one may draw from, and what one owns for another business unit."""
        return self._beyond_scopes(access, Collaborator.objects.on(access.day))

    def changeable_by(self, user: Any) -> Self:
        """Visible accounts that the person may also change: not those shown only by a collaboration for reading."""
        return self._apart_from_shares(user, Collaborator.objects.on(access_of(user).day).writing())

    def held_by(self, user: Any) -> Self:
        """Visible accounts that are the person's to hand on or to share: not those shown only by a collaboration."""
        return self._apart_from_shares(user, Collaborator.objects.none())

    def with_rights(self, user: Any) -> Self:
        """Visible rows with the answers to ``changeable_by`` and ``held_by``: ``is_changeable`` and ``is_held``, for a page without further queries."""
        access = access_of(user)
        if access.sees_all(self.model._meta.label_lower) or not user.is_active:
            return self.annotate(is_changeable=Value(user.is_active), is_held=Value(user.is_active))
        writing = Collaborator.objects.on(access.day).writing().filter(user=user, account=OuterRef("pk"))
        answers = {"is_held": (held := self._apart(access, Collaborator.objects.none())), "is_changeable": held | Q(Exists(writing))}
        return self.annotate(**{name: ExpressionWrapper(where, output_field=models.BooleanField()) for name, where in answers.items()})

    def _apart_from_shares(self, user: Any, shares: Any) -> Self:
        visible, access = self.visible_to(user), access_of(user)
        if access.sees_all(self.model._meta.label_lower) or not user.is_active:
            return visible
        return visible.filter(self._apart(access, shares))

    def _apart(self, access: Access, shares: Any) -> Q:
        condition = self._beyond_scopes(access, shares)
        for scope, post in access.scope_posts(self.model._meta.label_lower):
            condition |= self._condition(scope, post, access)
        return condition

    def _beyond_scopes(self, access: Access, shares: Any) -> Q:
        shown = Q(pk__among=shares.filter(user=access.user).values("account"))
        shown |= Q(owner__isnull=True, pool__in=drawable_pool_ids(access))
        shown |= Q(owner__isnull=True, pool__isnull=True, department__in=pool_department_ids(access))
        return shown | self._of_units(access) if owners_per_unit(access) else shown

    def _of_units(self, access: Access) -> Q:
        """With an owner per business unit: what a unit's people own, and what they let fall into a pool of the unit."""
        ledger: Any = self.model._meta.get_field("ownerships").related_model
        rows = ledger.objects.filter(account=OuterRef("pk"))
        where = Q(owner=access.user)
        for scope, post in access.scope_posts(self.model._meta.label_lower):
            where |= self._condition(scope, post, access)
        fallen = ledger.objects.filter(account=OuterRef("pk"), fell_into__in=drawable_pool_ids(access), slot__gt=0).exclude(
            Exists(ledger.objects.live().filter(account=OuterRef("account"), slot=OuterRef("slot")))
        )
        return Q(Exists(rows.live().filter(where))) | Q(Exists(fallen))

    def in_pool(self) -> Self:
        """Accounts without an owner: anyone of the department's sales may claim them."""
        return self.filter(owner__isnull=True)

    def owned_by(self, user: Any) -> Self:
        """Accounts whose one owner is this person."""
        return self.filter(owner=user)

    def quiet_since(self, moment: Any) -> Self:
        """Accounts without any follow-up since ``moment``; one that never had any counts from its creation."""
        return self.filter(Q(last_activity_at__lt=moment) | Q(last_activity_at__isnull=True, created_at__lt=moment))


class Account(Mergeable, Recyclable):
    """A customer, known once, with exactly one owner or none (then it lies in a department's pool)."""

    kind = models.CharField(_("kind"), max_length=12, choices=AccountKind.choices, default=AccountKind.COMPANY)
    name = models.CharField(_("name"), max_length=160)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    name_fold = models.CharField(max_length=160, editable=False, db_index=True, blank=True)
    name_key = models.CharField(max_length=200, editable=False, blank=True)
    name_core = models.CharField(max_length=CORE_MAX, editable=False, blank=True, db_index=True)
    name_brand = models.CharField(max_length=BRAND_MAX, editable=False, blank=True, db_index=True)
    name_sound = models.CharField(max_length=SOUND_MAX, editable=False, blank=True, db_index=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True, db_index=True)
    id_number = models.CharField(_("identity number"), max_length=18, blank=True)
    registered_status = models.CharField(_("registered status"), max_length=12, choices=RegisteredStatus.choices, blank=True)
    registered_status_on = models.DateField(_("registered status as of"), null=True, blank=True)
    registered_status_source = models.CharField(_("source of the registered status"), max_length=120, blank=True)
    industry = CodeField(_("industry"), dictionary="industry", max_length=40, blank=True)
    level = CodeField(pgettext_lazy("account", "level"), dictionary="level", max_length=40, blank=True)
    region = CodeField(_("region"), dictionary="region", max_length=80, blank=True, db_index=True)
    region_text = models.CharField(_("region as it was written"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_key = models.CharField(max_length=20, editable=False, blank=True, db_index=True)
    email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("website"), blank=True)
    source = CodeField(_("source"), dictionary="source", max_length=80, blank=True, help_text=_("How we came to know this account."))
    remark = models.TextField(_("remark"), max_length=2000, blank=True)
    external_key = models.CharField(_("key in another system"), max_length=120, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("owner"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="accounts", verbose_name=_("department"))
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, editable=False, related_name="accounts", verbose_name=_("pool"))
    pooled_at = models.DateTimeField(_("in the pool since"), null=True, blank=True, editable=False)
    tags = models.ManyToManyField(Tag, blank=True, related_name="accounts", verbose_name=_("tags"))
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    last_activity_at = models.DateTimeField(_("last activity"), null=True, blank=True, editable=False)
    next_step_on = models.DateField(_("next step"), null=True, blank=True, editable=False)

    objects = AccountQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=[
            "name_fold",
            "name_key",
            "name_core",
            "name_brand",
            "name_sound",
            "also_known",
            "phone_key",
            "last_activity_at",
            "next_step_on",
            "pooled_at",
        ]
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["name_key", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["external_key"], condition=~Q(external_key=""), name="account_external_key"),
            models.CheckConstraint(condition=~Q(name=""), name="account_has_name"),
            models.CheckConstraint(condition=Q(owner__isnull=True) | Q(pool__isnull=True), name="account_owned_or_in_pool"),
        ]
        indexes = [
            models.Index(fields=["owner", "name_key"], name="account_owner_name"),
            models.Index(fields=["department", "name_key"], name="account_department_name"),
            models.Index(fields=["name_key", "id"], name="account_name_key"),
            models.Index(fields=["owner", "last_activity_at"], name="account_owner_activity"),
            models.Index(fields=["pool", "-pooled_at", "-id"], condition=Q(owner__isnull=True), name="account_pool_time"),
            models.Index(fields=["email"], name="account_email"),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def in_pool(self) -> bool:
        """Nobody owns it."""
        return self.owner_id is None

    @property
    def region_name(self) -> str:
        """Where it is, in words: the place of the dictionary, or what somebody wrote."""
        return str(self.get_region_display() or self.region_text)  # type: ignore[attr-defined]

    @property
    def second_line(self) -> str:
        """What stands under the name where search has found it: the other names, and the place in the reader's language."""
        return " · ".join(filter(None, [self.short_name, self.name_en, self.region_name]))

    def get_id_number_display(self) -> str:
        """The identity number as a screen may show it."""
        return mask_id_number(self.id_number)

    def get_absolute_url(self) -> str:
        """The page of the account."""
        return reverse("crm_core:account_detail", args=[self.pk])

    def search_entry(self) -> dict[str, Any]:
        """What search knows of the account: names, codes, place; a pool row has no owner."""
        return {
            "title": self.name,
            "names": (self.short_name, self.name_en),
            "subtitle": self.second_line,
            "body": "\n".join(filter(None, [self.address, self.remark, self.website, self.email, *search_words("account", self.custom)])),
            "codes": (self.credit_code, self.phone_key, self.phone, self.external_key, *self.also_known),
            "owner": self.owner_id,
            "department": self.department_id,
        }

    def set_keys(self) -> None:
        """Bring the derived sort and comparison keys in step with the name."""
        self.name_fold = fold(self.name)[:160]
        self.name_key = name_key(self.name)
        parts = company_name(self.name)
        self.name_core, self.name_sound = parts.core, sound_of(parts.core)
        self.name_brand = name_core(self.short_name)[:BRAND_MAX] if self.short_name else parts.brand

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep sort and comparison keys in step, whoever saves."""
        self.set_keys()
        if (fields := kwargs.get("update_fields")) is not None and not {"name", "short_name"}.isdisjoint(fields):
            kwargs["update_fields"] = {*fields, "name_fold", "name_key", "name_core", "name_brand", "name_sound"}
        super().save(*args, **kwargs)


class ShareRight(models.TextChoices):
    READ = "read", _("may read")
    WRITE = "write", _("may read and change")


class CollaboratorQuerySet(models.QuerySet):
    def on(self, day: date) -> Self:
        """Collaborations in force on the day; the last day belongs to them."""
        return self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day))

    def writing(self) -> Self:
        """Collaborations that allow changes."""
        return self.filter(right=ShareRight.WRITE)


class Collaborator(models.Model):
    """A person beside the owner who works on the account: sees it, or also changes it, for good or until a day."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="collaborators", verbose_name=_("account"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    right = models.CharField(_("right"), max_length=5, choices=ShareRight.choices, default=ShareRight.WRITE)
    expires_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day; empty means for good."))
    warned_for = models.DateField(_("reminded of the end on"), null=True, blank=True, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["warned_for"])
    objects = CollaboratorQuerySet.as_manager()

    class Meta:
        verbose_name = _("collaborator")
        verbose_name_plural = _("collaborators")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="collaborator_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.account}"
