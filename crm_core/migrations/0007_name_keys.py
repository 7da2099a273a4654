from django.db import migrations

from crm_core.names import BRAND_MAX, company_name, name_core, person_core, person_sound, sound_of

CHUNK = 1000


def chunks(model):
    last = 0
    while rows := list(model.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield rows
        last = rows[-1].pk


def fill(apps, schema_editor):
    """The comparison keys of the rows that are here; new rows get theirs when they are saved."""
    account, contact = apps.get_model("crm_core", "Account"), apps.get_model("crm_core", "Contact")
    for rows in chunks(account):
        for row in rows:
            parts = company_name(row.name)
            row.name_core, row.name_sound = parts.core, sound_of(parts.core)
            row.name_brand = name_core(row.short_name)[:BRAND_MAX] if row.short_name else parts.brand
        account.objects.bulk_update(rows, ["name_core", "name_brand", "name_sound"], batch_size=200)
    for rows in chunks(contact):
        for row in rows:
            row.name_core, row.name_sound = person_core(row.name)[:80], person_sound(row.name)
        contact.objects.bulk_update(rows, ["name_core", "name_sound"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("crm_core", "0006_duplicates")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
