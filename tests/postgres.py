"""Test databases on PostgreSQL: one template per set of migrations, a copy per worker, and what a test committed is taken out of it again."""

from collections.abc import Callable
from itertools import starmap

import psycopg
from psycopg import sql


def _server(connection, database: str = "postgres") -> psycopg.Connection:
    """A connection to the maintenance database, or another, of the server that DATABASE_URL names."""
    values = connection.settings_dict
    return psycopg.connect(
        host=values["HOST"] or None,
        port=values["PORT"] or None,
        user=values["USER"] or None,
        password=values["PASSWORD"] or None,
        dbname=database,
        autocommit=True,
        options="-c jit=off",  # small tables, many of them
    )


def _exists(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


# What a test may alter besides rows; the numbers of triggers, functions and constraints change when they are made anew.
_SCHEMA = """
    SELECT
        (SELECT md5(string_agg(concat(oid, tgname, tgenabled), ',' ORDER BY oid)) FROM pg_trigger),
        (SELECT md5(string_agg(concat(oid, prosrc), ',' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
        (SELECT md5(string_agg(concat(oid, relname, relkind), ',' ORDER BY oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
        (SELECT md5(string_agg(concat(oid, convalidated), ',' ORDER BY oid)) FROM pg_constraint),
        (SELECT md5(string_agg(concat(attrelid, attname, atttypid, atttypmod, attnotnull, attisdropped), ',' ORDER BY attrelid, attnum))
           FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace)
"""


class Rows:
    """The rows of a database at a moment: tells which tables were written since, and puts them back."""

    def __init__(self, db: psycopg.Connection):
        self.schema = db.execute(_SCHEMA, prepare=True).fetchone()
        self.tables = [name for (name,) in db.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")]
        self.marks = self._marks(db, self.tables)
        self.kept = {table: self._read(db, table) for table, (number, _newest) in self.marks.items() if number}

    @staticmethod
    def _marks(db: psycopg.Connection, tables: list[str]) -> dict[str, tuple[int, int]]:
        """How many rows each table has and which transaction wrote the newest: one of both changes with every write."""
        if not tables:
            return {}
        one = sql.SQL("SELECT {}, count(*), coalesce(max(xmin::text::bigint), 0) FROM {}").format
        query = sql.SQL(" UNION ALL ").join(starmap(one, ((sql.Literal(table), sql.Identifier(table)) for table in tables)))
        return {table: (number, newest) for table, number, newest in db.execute(query, prepare=len(tables) > 20)}

    @staticmethod
    def _read(db: psycopg.Connection, table: str) -> bytes:
        with db.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))) as copy:
            return b"".join(bytes(part) for part in copy)

    def put_back(self, db: psycopg.Connection) -> bool:
        """Whether all is as it was: not where the schema was altered."""
        if db.execute(_SCHEMA, prepare=True).fetchone() != self.schema:
            return False
        written = [table for table, mark in self._marks(db, self.tables).items() if mark != self.marks[table]]
        with db.transaction(), db.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in written:
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if table in self.kept:
                    with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(table))) as copy:
                        copy.write(self.kept[table])
        self.marks |= self._marks(db, written)
        return True


class PostgresCopy:
    """The worker's own database, copied from the template; ``restore`` takes out what was written since, or copies it again."""

    rows: Rows | None = None
    link: psycopg.Connection | None = None  # kept open: what it has learnt of the tables need not be read again

    def __init__(self, connection, *, worker: str, fingerprint: str, prepare: Callable[[], None], point: Callable[[str], None]):
        self.connection, self.point = connection, point
        self.template = f"suite_template_{fingerprint}"
        self.name = f"suite_test_{fingerprint}_{worker}"
        with _server(connection) as server:
            # One worker makes the template, the others wait for it.
            server.execute("SELECT pg_advisory_lock(7001)")
            if not _exists(server, self.template):
                building = f"{self.template}_building"
                _drop(server, building)
                server.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(building)))
                point(building)
                prepare()
                connection.close()
                server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(self.template)))
            server.execute("SELECT pg_advisory_unlock(7001)")
        self.restore()

    def restore(self) -> None:
        """Back to the template: everything that a transactional test committed is gone."""
        self.connection.close()
        if not self._put_back():
            with _server(self.connection) as server:
                server.execute("SELECT pg_advisory_lock(7001)")
                _drop(server, self.name)
                server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(self.name), sql.Identifier(self.template)))
                server.execute("SELECT pg_advisory_unlock(7001)")
        self.point(self.name)

    def _put_back(self) -> bool:
        """Whether what was written could be taken out, whoever is still connected having been sent away; if not, for whatever reason, a copy is made."""
        if self.rows is None:
            return False
        try:
            if self.link is None or self.link.closed:
                self.link = _server(self.connection, self.name)
            self.link.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            if self.rows.put_back(self.link):
                return True
        except psycopg.Error:  # a role that may not switch off triggers, a connection that was cut
            pass
        if self.link is not None:
            self.link.close()
        return False

    def keep(self) -> None:
        """What the session has prepared becomes what transactional tests go back to."""
        self.connection.close()
        base = f"{self.name}_base"
        with _server(self.connection) as server:
            server.execute("SELECT pg_advisory_lock(7001)")
            _drop(server, base)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(base), sql.Identifier(self.name)))
            server.execute("SELECT pg_advisory_unlock(7001)")
        self.template = base
        with _server(self.connection, self.name) as db:
            self.rows = Rows(db)

    def remove(self) -> None:
        self.connection.close()
        if self.link is not None:
            self.link.close()
        with _server(self.connection) as server:
            _drop(server, self.name)
            _drop(server, f"{self.name}_base")
