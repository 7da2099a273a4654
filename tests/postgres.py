"""Test databases on PostgreSQL: one template per set of migrations, a copy per worker."""

from collections.abc import Callable

import psycopg
from psycopg import sql


def _server(connection) -> psycopg.Connection:
    """A connection to the maintenance database of the server that DATABASE_URL names."""
    values = connection.settings_dict
    return psycopg.connect(
        host=values["HOST"] or None,
        port=values["PORT"] or None,
        user=values["USER"] or None,
        password=values["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )


def _exists(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class PostgresCopy:
    """The worker's own database, copied from the template; ``restore`` copies it again."""

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
        with _server(self.connection) as server:
            server.execute("SELECT pg_advisory_lock(7001)")
            _drop(server, self.name)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(self.name), sql.Identifier(self.template)))
            server.execute("SELECT pg_advisory_unlock(7001)")
        self.point(self.name)

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

    def remove(self) -> None:
        self.connection.close()
        with _server(self.connection) as server:
            _drop(server, self.name)
            _drop(server, f"{self.name}_base")
