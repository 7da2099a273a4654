"""What the database itself holds of ownership: the slot of a live row follows the mode in force.

In the mode "one owner per account" every live row has slot 0, so that the unique constraint allows one live row per account; in the
mode "per account and business unit" the slot is the number of the business unit. A later migration that alters the ledger's table on
SQLite makes the table anew and loses its triggers: it must call ``install`` again after its operations. A test says so when one is missing.
"""

from typing import Any

TABLE = "crm_core_ownership"
MESSAGE = "crm_core: the slot of a live ownership does not fit the mode in force"
WRONG = (
    "NEW.ends_at IS NULL AND NEW.slot <> CASE WHEN EXISTS (SELECT 1 FROM crm_core_ownershipmode m WHERE m.per = 'unit') "
    "THEN COALESCE(NEW.business_unit_id, 0) ELSE 0 END"
)
NAMES = ("ownership_slot_insert", "ownership_slot_update")


def statements(vendor: str) -> list[str]:
    """The SQL that makes the triggers anew; PostgreSQL cannot ask other tables in WHEN, so the condition stands in a function."""
    made: list[str] = []
    for name in NAMES:
        event = "INSERT" if name.endswith("insert") else "UPDATE OF ends_at, slot, business_unit_id"
        if vendor == "sqlite":
            made += [
                f"DROP TRIGGER IF EXISTS {name}",
                f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} WHEN {WRONG} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
            ]
        elif vendor == "postgresql":
            body = f"BEGIN IF ({WRONG}) THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END"
            made += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$",
                f"DROP TRIGGER IF EXISTS {name} ON {TABLE}",
                f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
    return made


def install(apps: Any, schema_editor: Any) -> None:
    """For RunPython: make both triggers on this database."""
    with schema_editor.connection.cursor() as cursor:
        for statement in statements(schema_editor.connection.vendor):
            cursor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    """For RunPython, backwards."""
    with schema_editor.connection.cursor() as cursor:
        for name in NAMES:
            on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
