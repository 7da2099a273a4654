"""Today's pools of departments become rows: who could claim an account yesterday can claim it today, and nothing falls by itself."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from crm_core.triggers import install, remove


def load(apps, schema_editor):
    Account, Department = apps.get_model("crm_core", "Account"), apps.get_model("people", "Department")
    Ownership, Mode, Pool = (apps.get_model("crm_core", name) for name in ("Ownership", "OwnershipMode", "Pool"))
    Mode.objects.get_or_create(pk=1)
    Ownership.objects.filter(business_unit__isnull=True, department__business_unit__isnull=False).update(
        business_unit=Subquery(Department.objects.filter(pk=OuterRef("department")).values("business_unit")[:1])
    )
    ended = Ownership.objects.filter(account=OuterRef("pk"), ends_at__isnull=False).order_by("-ends_at").values("ends_at")[:1]
    for pk in Account.objects.filter(owner__isnull=True, pool__isnull=True).order_by().values_list("department", flat=True).distinct():
        department = Department.objects.get(pk=pk)
        pool, _made = Pool.objects.get_or_create(
            department=department,
            is_default=True,
            defaults={"name": f"{department.name}公海"[:80], "name_en": f"{department.name_en or department.name} pool"[:80]},
        )
        rows = Account.objects.filter(owner__isnull=True, pool__isnull=True, department=department)
        rows.update(pool=pool, pooled_at=Coalesce(Subquery(ended), F("created_at")))


class Migration(migrations.Migration):
    dependencies = [("crm_core", "0004_pools"), ("people", "0001_initial")]
    operations = [
        migrations.RunPython(load, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(install, remove, elidable=False),
    ]
