"""What the database itself refuses: changing what was submitted or signed, deleting a signed version, touching a signature.

A later migration that alters one of these tables on SQLite makes the table anew and loses its triggers: it must call
``install`` again after its operations. A test says so when one is missing.
"""

from typing import Any

FROZEN = ("document_id", "number", "public_id", "note", "content", "content_sha256", "created_by_id", "created_at")
CLOSED = ("state", "due_on", "signed_at", "closed_by_id", "closed_at", "close_reason")
PDF = ("pdf", "pdf_sha256")
VERSION, SIGNATURE, REQUEST = "docs_site_documentversion", "docs_site_signature", "docs_site_signaturerequest"

MESSAGES = {
    "frozen": "docs_site: what was submitted never changes",
    "unsigned": "docs_site: a version without all signatures is not signed",
    "kept": "docs_site: a signed version is never deleted",
    "signature": "docs_site: a signature never changes and is never deleted",
    "request": "docs_site: the people asked to sign a closed version never change",
}


def _changed(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)


def _frozen(differs: str) -> str:
    return (
        f"({_changed(FROZEN, differs)}) OR (OLD.state <> 'in_review' AND ({_changed(CLOSED, differs)})) "
        f"OR (OLD.pdf_sha256 <> '' AND ({_changed(PDF, differs)}))"
    )


UNSIGNED = (
    "NEW.state = 'signed' AND OLD.state <> 'signed' AND ("
    "NOT EXISTS (SELECT 1 FROM docs_site_signature s WHERE s.version_id = NEW.id) "
    "OR EXISTS (SELECT 1 FROM docs_site_signaturerequest r LEFT JOIN docs_site_signature s ON s.request_id = r.id "
    "WHERE r.version_id = NEW.id AND s.id IS NULL))"
)
CLOSED_PARENT = "EXISTS (SELECT 1 FROM docs_site_documentversion v WHERE v.id = {row}.version_id AND v.state <> 'in_review')"


def _rules(differs: str) -> list[tuple[str, str, str, str, str]]:
    """Name, table, event, condition and message of each trigger."""
    return [
        ("docs_version_frozen", VERSION, "UPDATE", _frozen(differs), MESSAGES["frozen"]),
        ("docs_version_unsigned", VERSION, "UPDATE", UNSIGNED, MESSAGES["unsigned"]),
        ("docs_version_kept", VERSION, "DELETE", "OLD.state = 'signed'", MESSAGES["kept"]),
        ("docs_signature_fixed", SIGNATURE, "UPDATE", "", MESSAGES["signature"]),
        ("docs_signature_kept", SIGNATURE, "DELETE", "", MESSAGES["signature"]),
        ("docs_signature_open", SIGNATURE, "INSERT", CLOSED_PARENT.format(row="NEW"), MESSAGES["signature"]),
        ("docs_request_fixed", REQUEST, "UPDATE", CLOSED_PARENT.format(row="OLD"), MESSAGES["request"]),
        ("docs_request_kept", REQUEST, "DELETE", CLOSED_PARENT.format(row="OLD"), MESSAGES["request"]),
        ("docs_request_open", REQUEST, "INSERT", CLOSED_PARENT.format(row="NEW"), MESSAGES["request"]),
    ]


NAMES = tuple(rule[0] for rule in _rules("<>"))


def statements(vendor: str) -> list[str]:
    """The SQL that makes the triggers anew; PostgreSQL cannot ask other tables in WHEN, so the condition stands in a function."""
    made = []
    if vendor == "sqlite":
        for name, table, event, condition, message in _rules("IS NOT"):
            when = f" WHEN {condition}" if condition else ""
            made += [f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{message}'); END"]
    elif vendor == "postgresql":
        for name, table, event, condition, message in _rules("IS DISTINCT FROM"):
            row = "OLD" if event == "DELETE" else "NEW"
            body = f"BEGIN IF {condition or 'TRUE'} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END IF; RETURN {row}; END"
            made += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$",
                f"DROP TRIGGER IF EXISTS {name} ON {table}",
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
    return made


def install(apps: Any, schema_editor: Any) -> None:
    """For RunPython: make every trigger on this database."""
    with schema_editor.connection.cursor() as cursor:
        for statement in statements(schema_editor.connection.vendor):
            cursor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    """For RunPython, backwards."""
    with schema_editor.connection.cursor() as cursor:
        for name, table, *_rest in _rules("<>"):
            on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
