"""Very many new rows of our own making, by the fastest way that a database has: COPY on PostgreSQL, prepared inserts on SQLite.

For seeds and loads into tables that nobody uses meanwhile: no signals, no history, no conflict handling. Values still go through the
model's fields, so that a column added later is filled by its default.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Max
from django.db.models.base import ModelState
from django.utils import timezone

BATCH = 5_000
ALIKE = (list, dict)  # callables that give the same for every row
PLAIN = (models.CharField, models.TextField, models.ForeignKey, models.IntegerField, models.BooleanField)


def _prepared(field: Any, row: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, True), connection)


def _moment(attname: str, field: Any, row: models.Model) -> Any:
    """PostgreSQL's driver takes a moment with its time zone as it is."""
    value = getattr(row, attname)
    return value if value is None or getattr(value, "tzinfo", None) else _prepared(field, row)


def _as_it_is(field: Any) -> bool:
    """Whether the driver takes a value of the field as the instance holds it."""
    if type(field) in PLAIN or (isinstance(field, PLAIN) and not isinstance(field, models.DateField)):
        return True
    return connection.vendor == "postgresql" and type(field) in (models.DateField, models.DecimalField) and not getattr(field, "auto_now_add", False)


def _is_moment(field: Any) -> bool:
    return connection.vendor == "postgresql" and type(field) is models.DateTimeField and not field.auto_now and not field.auto_now_add


def _readers(model: type[models.Model]) -> list[tuple[str, Callable[[Any], Any]]]:
    """Each column with the function that reads its value from an instance, ready for the driver."""
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for field in model._meta.concrete_fields:
        if getattr(field, "generated", False):
            continue
        if _as_it_is(field):
            found.append((str(field.column), attrgetter(field.attname)))
        elif _is_moment(field):
            found.append((str(field.column), partial(_moment, field.attname, field)))
        else:
            found.append((str(field.column), partial(_prepared, field)))
    return found


def values_of(model: type[models.Model], rows: Iterable[models.Model]) -> Iterator[list[Any]]:
    """What the driver gets of each instance; may be worked out in another process."""
    readers = _readers(model)
    for row in rows:
        yield [read(row) for _column, read in readers]


class Lines:
    """Values of rows ready for the driver, without instances: what is not given is the field's default. For seeds of millions of rows.

    Rows of one ``Lines`` were all made at its moment; a default that is worked out (a key of chance) is worked out for each.
    """

    def __init__(self, model: type[models.Model]):
        fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
        self._places = {field.attname: place for place, field in enumerate(fields)}
        self._prepare = {field.attname: partial(field.get_db_prep_save, connection=connection) for field in fields if not _as_it_is(field)}
        self._is_moment = {field.attname for field in fields if type(field) is models.DateTimeField and connection.vendor == "postgresql"}
        self._blank: list[Any] = []
        self._fresh: list[tuple[str, int, Callable[[], Any]]] = []
        now = timezone.now()
        for place, field in enumerate(fields):
            is_dated = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
            default = (lambda: now) if is_dated else field.get_default
            make = partial(self._made, field, default)
            self._blank.append(None if field.primary_key else make())
            if not field.primary_key and not is_dated and callable(field.default) and field.default not in ALIKE:
                self._fresh.append((field.attname, place, make))

    @staticmethod
    def _made(field: Any, default: Callable[[], Any]) -> Any:
        return field.get_db_prep_save(default(), connection)

    def line(self, **given: Any) -> list[Any]:
        """One row by the names of its columns in Python (``owner_id``); a name that is none is a KeyError."""
        found = self._blank.copy()
        for name, place, make in self._fresh:
            if name not in given:
                found[place] = make()
        for name, value in given.items():
            prepare = self._prepare.get(name)
            if prepare and not (name in self._is_moment and getattr(value, "tzinfo", None)):
                value = prepare(value)
            found[self._places[name]] = value
        return found


class Blank:
    """Instances made by copying one that holds all defaults: a fifth of the time of the model's own way, and no signals.

    What a default is, all rows share: for rows that are written and forgotten.
    """

    def __init__(self, model: type[models.Model]):
        self._model, self._values = model, dict(model().__dict__)

    def row(self, linked: dict[str, Any] | None = None, /, **given: Any) -> Any:
        """An instance with these columns (``owner_id``); ``linked`` are rows behind its links that it shall know (``account``)."""
        row = self._model.__new__(self._model)
        row.__dict__.update(self._values)
        row.__dict__.update(given)
        row._state = ModelState()
        row._state.fields_cache = dict(linked or {})
        return row


def load(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Insert instances that have their keys; gives their number."""
    return load_values(model, values_of(model, rows))


def load_values(model: type[models.Model], values: Iterable[list[Any]]) -> int:
    """Insert what ``values_of`` gave; gives the number of rows."""
    names = [connection.ops.quote_name(column) for column, _read in _readers(model)]
    columns, table = ", ".join(names), connection.ops.quote_name(model._meta.db_table)
    done, source = 0, iter(values)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # the names are our own models'
                for line in source:
                    copy.write_row(line)
                    done += 1
            return done
        insert = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608  # nosec B608: names of our own models
        while batch := list(islice(source, BATCH)):
            cursor.executemany(insert, batch)
            done += len(batch)
    return done


def append(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Insert instances that get their keys from the database and are not looked at again, in the caller's transaction; gives their number."""
    readers = [(column, read) for column, read in _readers(model) if column != str(model._meta.pk.column)]
    return append_values(model, [column for column, _read in readers], [[read(row) for _column, read in readers] for row in rows])


def append_values(model: type[models.Model], columns: list[str], values: list[list[Any]]) -> int:
    """Insert rows of some columns, the values ready for the driver; a key that is not among them comes from the database."""
    if not values:
        return 0
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # the names are our own models'
                for line in values:
                    copy.write_row(line)
        else:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", values)  # noqa: S608  # nosec B608: names of our own models
    return len(values)


def revise(model: type[models.Model], rows: Iterable[models.Model], fields: Iterable[str]) -> None:
    """Write some fields of rows by their keys, in the caller's transaction; no history, no versions: for tables that keep their own."""
    by_column = dict(_readers(model))
    columns = [str(model._meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]
    key = str(model._meta.pk.column)
    values = [[*(by_column[column](row) for column in columns), row.pk] for row in rows]
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(column)} = %s" for column in columns)
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {quote(key)} = %s", values)  # noqa: S608  # nosec B608: names of our own models


def reserve(model: type[models.Model], count: int) -> list[int]:
    """Keys for so many new rows, which nobody else will get; on SQLite the caller's transaction holds the lock that makes it so."""
    table, key = model._meta.db_table, str(model._meta.pk.column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [connection.ops.quote_name(table), key, count])
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        used = cursor.fetchone()
    first = max(used[0] if used else 0, next_id(model) - 1) + 1
    return list(range(first, first + count))


def add_all(model: type[models.Model], rows: list[Any]) -> None:
    """Insert instances and give them their keys, if ``reserve`` has not done so before, in the caller's transaction: ``bulk_create`` for those who do it all day."""
    keys = reserve(model, len(rows)) if rows and rows[0].pk is None else [row.pk for row in rows]
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    readers = _readers(model)
    append_values(model, [column for column, _read in readers], [[read(row) for _column, read in readers] for row in rows])


def prepared(model: type[models.Model]) -> dict[str, Callable[[Any], Any]]:
    """By column, the function that reads a value from an instance of the model, ready for the driver."""
    return dict(_readers(model))


def next_id(model: type[models.Model]) -> int:
    """The first key that no row has."""
    top: int | None = model._default_manager.aggregate(top=Max("pk"))["top"]
    return (top or 0) + 1


def reset_sequences(*tables: type[models.Model]) -> None:
    """PostgreSQL: keys given by hand leave the sequences behind."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def analyze() -> None:
    """Tell the planner what the tables hold now."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def without_indexes(*tables: type[models.Model]) -> Iterator[None]:
    """Drop what merely makes reading fast and what checks links, and make it again from the whole at the end; constraints stay."""
    statements = _postgres_plan(tables) if connection.vendor == "postgresql" else _sqlite_plan(tables)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # an index over a million rows takes longer than a page may
            cursor.execute("SET LOCAL statement_timeout = 0")
        for drop, _make in statements:
            cursor.execute(drop)
        yield
        for _drop, make in statements:
            cursor.execute(make)


def _postgres_plan(tables: Iterable[type[models.Model]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass "
                "AND NOT indisprimary AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)",
                [model._meta.db_table],
            )
            found += [(f"DROP INDEX {name}", make) for name, make in cursor.fetchall()]
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [model._meta.db_table]
            )
            table = connection.ops.quote_name(model._meta.db_table)
            found += [
                (f'ALTER TABLE {table} DROP CONSTRAINT "{name}"', f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {make}') for name, make in cursor.fetchall()
            ]
    return found


def _sqlite_plan(tables: Iterable[type[models.Model]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL", [model._meta.db_table])
            found += [(f'DROP INDEX "{name}"', make.replace("%", "%%")) for name, make in cursor.fetchall()]
    return found
