"""What the database itself holds: the ledger's slot, a log that only grows, and on PostgreSQL indexes over custom values."""

from django.db import migrations

from crm_core.triggers import install, remove

MESSAGE = "the log of looks at masked values only grows"
POSTGRES = f"""
CREATE OR REPLACE FUNCTION crm_reveal_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $body$;
CREATE TRIGGER crm_reveal_append_only BEFORE UPDATE OR DELETE ON crm_core_reveal FOR EACH ROW EXECUTE FUNCTION crm_reveal_append_only();
"""


def close_the_door(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"crm_reveal_no_{verb.lower()}"
            schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON crm_core_reveal BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END")
    elif vendor == "postgresql":
        schema_editor.execute(POSTGRES)


def open_the_door(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS crm_reveal_no_{verb.lower()}")
    elif vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS crm_reveal_append_only ON crm_core_reveal")
        schema_editor.execute("DROP FUNCTION IF EXISTS crm_reveal_append_only()")


def add_gin(apps, schema_editor):
    """On PostgreSQL an index answers which rows hold a value of a custom field."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ("account", "contact", "opportunity"):
            schema_editor.execute(f"CREATE INDEX {table}_custom_gin ON crm_core_{table} USING gin (custom jsonb_path_ops)")


def drop_gin(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in ("account", "contact", "opportunity"):
            schema_editor.execute(f"DROP INDEX {table}_custom_gin")


def set_mode(apps, schema_editor):
    """One owner per account until somebody says otherwise."""
    apps.get_model("crm_core", "OwnershipMode").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("crm_core", "0003_dictionary_entries")]
    operations = [
        migrations.RunPython(set_mode, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(install, remove, elidable=False),
        migrations.RunPython(close_the_door, open_the_door, elidable=False),
        migrations.RunPython(add_gin, drop_gin, elidable=False),
    ]
