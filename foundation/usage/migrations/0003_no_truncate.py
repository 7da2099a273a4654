"""PostgreSQL: TRUNCATE, which row triggers do not see, is refused as well; it needs the retention window like DELETE."""

from django.db import migrations

CLOSE = """
CREATE OR REPLACE FUNCTION usage_event_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM usage_retentionwindow) THEN
    RAISE EXCEPTION 'usage events are append-only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER usage_event_no_truncate BEFORE TRUNCATE ON usage_usageevent
FOR EACH STATEMENT EXECUTE FUNCTION usage_event_no_truncate();
"""


def close_the_door(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CLOSE)


def open_the_door(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS usage_event_no_truncate ON usage_usageevent")
        schema_editor.execute("DROP FUNCTION IF EXISTS usage_event_no_truncate()")


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_append_only")]
    operations = [migrations.RunPython(close_the_door, open_the_door)]
