"""Several queries in one statement: a page that needs ten small lists asks the database once, not ten times.

``read_together(a, b, c)`` fills the querysets as if each had been read by itself: the same rows, in the same order, with the same values
and related objects. Each becomes a WITH part of one statement, and its rows travel as JSON arrays, because the parts differ in their columns.
For rows that a page needs anyway and that are few; nothing here for exports and other long reads.

A part of a page that stands in another app (a card, what waits, a check of a gate) asks by ``yield``: querysets on the way, its answer in the end.
Many of them go on ``side_by_side``, and what all of them want to read next is one statement.
"""

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from decimal import Decimal
from inspect import isgenerator
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, models

T = TypeVar("T")
# Yields the querysets that it needs to go on, and returns what it found.
Asking = Generator[Iterable[models.QuerySet], None, T]

AT_ONCE = 90  # values of one JSON array: a function takes 100 at most on PostgreSQL, 127 on SQLite
FROM_JSON: tuple[type[models.Field], ...] = (
    models.DateField,  # and with it DateTimeField
    models.TimeField,
    models.DecimalField,
    models.UUIDField,
    models.FloatField,
)


def read_together(*querysets: models.QuerySet) -> None:
    """Read the querysets that are not read yet, in one statement."""
    asked: list[tuple[models.QuerySet, Any]] = []
    parts, selects, values = [], [], []
    unread = [rows for rows in {id(rows): rows for rows in querysets}.values() if rows._result_cache is None]  # type: ignore[attr-defined]
    if not unread:
        return
    connection = connections[unread[0].db]
    for rows in unread:
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            rows._result_cache = []  # type: ignore[attr-defined]
            continue
        number = len(asked)
        asked.append((rows, compiler))
        parts.append(f"part{number} AS MATERIALIZED ({sql})")
        columns = [_column(connection, alias, expression) for expression, _sql, alias in compiler.select]
        selects.append(f"SELECT {number}, {_packed(columns, connection.vendor)} FROM part{number}")  # noqa: S608  # nosec B608: names of columns, quoted
        values += params
    if not asked:
        return
    found: list[list[list[Any]]] = [[] for _part in asked]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} {' UNION ALL '.join(selects)}", values)
        for number, packed in cursor.fetchall():
            found[number].append(_unpacked(packed, connection.vendor))
    for (rows, compiler), lines in zip(asked, found, strict=True):
        _hand_over(rows, compiler, lines, connection.vendor)


def answer_of(asking: Asking[T]) -> T:
    """What somebody says who asks by ``yield``: what is wanted is read in one statement each time, until the answer is there."""
    failure: DatabaseError | None = None
    try:
        while True:
            wanted = asking.throw(failure) if failure else next(asking)
            failure = None
            try:
                read_together(*wanted)
            except DatabaseError as error:
                failure = error
    except StopIteration as done:
        answer: T = done.value
        return answer


def side_by_side(*said: Any) -> Asking[list[Any]]:
    """The answers of several, in their order: those who ask by ``yield`` go on together, whatever else stands there is an answer already."""
    found = list(said)
    going: dict[int, Any] = {place: one for place, one in enumerate(said) if isgenerator(one)}
    failure: DatabaseError | None = None
    while going:
        wanted: list[models.QuerySet] = []
        for place, one in list(going.items()):
            try:
                wanted += one.throw(failure) if failure else next(one)
            except StopIteration as done:
                found[place] = done.value
                del going[place]
        failure = None
        if going:
            try:
                yield wanted
            except DatabaseError as error:
                failure = error
    return found


def counted(rows: models.QuerySet, by: str) -> Any:
    """How many rows there are, as a queryset of the numbers by a field, to be read together with other things: ``sum(…)`` is the whole."""
    return rows.order_by().values(by).annotate(number=models.Count("pk")).values_list("number", flat=True)


def _column(connection: Any, alias: str, expression: Any) -> str:
    """The name of a value; of JSON on PostgreSQL its text, which is what fields of JSON read."""
    name: str = connection.ops.quote_name(alias)
    is_json = connection.vendor == "postgresql" and expression.output_field.db_type(connection) in ("json", "jsonb")
    return f"{name}::text" if is_json else name


def _packed(columns: Sequence[str], vendor: str) -> str:
    make = "json_build_array" if vendor == "postgresql" else "json_array"
    chunks = [f"{make}({', '.join(columns[start : start + AT_ONCE])})" for start in range(0, len(columns), AT_ONCE)]
    packed = f"{make}({', '.join(chunks)})"
    return f"{packed}::text" if vendor == "postgresql" else packed


def _unpacked(packed: str, vendor: str) -> list[Any]:
    # On SQLite the values are those of the storage, which Django converts itself; PostgreSQL's numerics must not pass through floats.
    chunks = json.loads(packed, parse_float=Decimal) if vendor == "postgresql" else json.loads(packed)
    return [value for chunk in chunks for value in chunk]


def _hand_over(rows: models.QuerySet, compiler: Any, lines: list[list[Any]], vendor: str) -> None:
    """Let the queryset make its rows of these values: it asks its query for a compiler, and gets the one that has the answer."""
    if vendor == "postgresql":
        converters = [(place, convert) for place, (expression, _sql, _alias) in enumerate(compiler.select) if (convert := _converter(expression))]
        for line in lines:
            for place, convert in converters:
                if line[place] is not None:
                    line[place] = convert(line[place])
    compiler.execute_sql = lambda *_args, **_more: [lines]
    query = rows.query
    query.get_compiler = lambda *_args, **_more: compiler  # type: ignore[method-assign]
    try:
        len(rows)
    finally:
        del query.get_compiler  # type: ignore[attr-defined]


def _converter(expression: Any) -> Callable[[Any], Any] | None:
    """What makes of a value of JSON the one that the driver would have given; None where they are the same."""
    field = expression.output_field
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.BinaryField | models.DurationField):
        raise TypeError(f"{type(field).__name__} does not travel as JSON.")
    return field.to_python if isinstance(field, FROM_JSON) else None
