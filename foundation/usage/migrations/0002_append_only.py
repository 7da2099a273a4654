"""Usage events are written once: the database itself refuses UPDATE and DELETE.

A row in usage_retentionwindow opens the door, for the transaction that wrote it (RetentionWindow.open). TRUNCATE on
PostgreSQL needs the table's owner and is not refused. On SQLite a later change of the table rebuilds it and drops its
triggers: such a migration must write them again (tests/usage/test_event_append_only.py notices).
"""

from django.db import migrations

SQLITE = """
CREATE TRIGGER usage_event_no_{verb} BEFORE {VERB} ON usage_usageevent
FOR EACH ROW WHEN {guard}
BEGIN SELECT RAISE(ABORT, 'usage events are append-only'); END
"""
CLOSED = "NOT EXISTS (SELECT 1 FROM usage_retentionwindow)"
POSTGRES = """
CREATE OR REPLACE FUNCTION usage_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' OR NOT EXISTS (SELECT 1 FROM usage_retentionwindow) THEN
    RAISE EXCEPTION 'usage events are append-only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER usage_event_append_only BEFORE UPDATE OR DELETE ON usage_usageevent
FOR EACH ROW EXECUTE FUNCTION usage_event_append_only();
"""


def close_the_door(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        schema_editor.execute(SQLITE.format(verb="update", VERB="UPDATE", guard="1"))
        schema_editor.execute(SQLITE.format(verb="delete", VERB="DELETE", guard=CLOSED))
    elif vendor == "postgresql":
        schema_editor.execute(POSTGRES)


def open_the_door(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS usage_event_no_update")
        schema_editor.execute("DROP TRIGGER IF EXISTS usage_event_no_delete")
    elif vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS usage_event_append_only ON usage_usageevent")
        schema_editor.execute("DROP FUNCTION IF EXISTS usage_event_append_only()")


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]
    operations = [migrations.RunPython(close_the_door, open_the_door)]
