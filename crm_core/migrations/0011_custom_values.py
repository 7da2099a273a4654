from django.db import migrations


def add_gin(apps, schema_editor):
    """On PostgreSQL an index answers which rows hold a value of a custom field."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ("account", "contact", "opportunity"):
            schema_editor.execute(f"CREATE INDEX {table}_custom_gin ON crm_core_{table} USING gin (custom jsonb_path_ops)")


def drop_gin(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in ("account", "contact", "opportunity"):
            schema_editor.execute(f"DROP INDEX {table}_custom_gin")


class Migration(migrations.Migration):
    dependencies = [("crm_core", "0010_dictionary_entries")]
    operations = [migrations.RunPython(add_gin, drop_gin, elidable=False)]
