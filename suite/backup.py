"""One archive of database and files, proved whole before anything is overwritten.

The archive is a tar.gz (or a folder of the same shape): ``database.sqlite3`` or ``database.dump``, ``media/…`` and, last, ``manifest.json``
with the SHA-256 of each file, the rows of each table, the migrations applied and the build. Restoring refuses an archive that is
damaged, cut short, of another system, of another kind of database or of a newer build, before it touches the target.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess  # nosec B404: fixed commands, no shell
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.integrity import Refused

FORMAT = "rollout-suite-backup-1"
MANIFEST = "manifest.json"
_DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_CHUNK = 1024 * 1024
_MAX_MANIFEST = 200 * _CHUNK
_HASH = "sha256"


class CannotBackUp(Refused):
    """The backup was not made; nothing was left behind under its name."""


class CannotRestore(Refused):
    """The archive was refused or the target is not free; the target is as it was."""


@dataclass
class Manifest:
    """What an archive holds, so that it can be proved whole."""

    build: str
    created_at: str
    vendor: str
    migrations: list[list[str]]
    rows: dict[str, int]
    format: str = FORMAT
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


# --- making --------------------------------------------------------------------------------------
def create_backup(target: Path) -> Manifest:
    """Write a consistent copy of database and files to ``target``: a folder, or an archive when its name ends in .tar.gz."""
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotBackUp(_("%(path)s exists already. Choose another name.") % {"path": target})
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        stage = Path(folder)
        database = stage / _DATABASES[connection.vendor]
        manifest = _dump_sqlite(database) if connection.vendor == "sqlite" else _dump_postgresql(database)
        ready = stage / "ready"
        with _writer(ready, packed=target.name.endswith((".tar.gz", ".tgz"))) as add:
            manifest.files[database.name] = add(database.name, database)
            for path in _media():
                name = f"media/{path.relative_to(settings.MEDIA_ROOT).as_posix()}"
                manifest.files[name] = add(name, path)
            note = stage / MANIFEST
            note.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), encoding="utf-8")
            add(MANIFEST, note)
        ready.replace(target)
    return manifest


def _manifest(rows: dict[str, int], migrations: list[list[str]]) -> Manifest:
    return Manifest(build=settings.BUILD, created_at=timezone.now().isoformat(), vendor=connection.vendor, migrations=migrations, rows=rows)


def _dump_sqlite(target: Path) -> Manifest:
    """A snapshot by SQLite's own backup, never a copy of the file, which could be torn."""
    source = sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True, timeout=60)
    with closing(source), closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        _check_sqlite(copy)
        return _manifest(_count_sqlite(copy), _migrations_of(copy))


def _check_sqlite(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        raise CannotBackUp(_("The database is damaged: its integrity check fails."))


def _count_sqlite(database: sqlite3.Connection) -> dict[str, int]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%' ORDER BY name")
    names = [name for (name,) in found]
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608  (names from the catalogue)  # nosec B608: names from the catalogue


def _migrations_of(database: sqlite3.Connection) -> list[list[str]]:
    return [list(row) for row in database.execute("SELECT app, name FROM django_migrations ORDER BY app, name")]


def _program(name: str) -> str:
    places = [shutil.which(name), *sorted(str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))]
    found = [place for place in places if place]
    if not found:
        raise CannotBackUp(_("%(program)s is not installed. Install the PostgreSQL client of the server's version.") % {"program": name})
    return found[-1]


def _postgresql(program: str, *arguments: str) -> None:
    values = connection.get_connection_params()
    named = {"PGHOST": values.get("host"), "PGPORT": values.get("port"), "PGUSER": values.get("user"), "PGPASSWORD": values.get("password")}
    surroundings = {**os.environ, **{key: str(value) for key, value in named.items() if value}}
    done = subprocess.run([_program(program), *arguments], env=surroundings, capture_output=True, check=False)  # noqa: S603  # nosec B603: fixed command, no shell
    if done.returncode:
        raise CannotBackUp(_("%(program)s failed: %(error)s") % {"program": program, "error": done.stderr.decode("utf-8", "replace").strip()[-500:]})


def _dump_postgresql(target: Path) -> Manifest:
    """A dump and the counts of one snapshot: people may go on writing meanwhile."""
    name = str(connection.get_connection_params()["dbname"])
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.in_atomic_block and not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        _postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}", name)
        rows = _count_postgresql(cursor)
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return _manifest(rows, [list(row) for row in cursor.fetchall()])


def _count_postgresql(cursor: Any) -> dict[str, int]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
    counts = {}
    for (name,) in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608  (names from the catalogue)  # nosec B608: names from the catalogue
        counts[name] = cursor.fetchone()[0]
    return counts


def _media() -> Iterator[Path]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")) if root.exists() else []:
        if path.is_file() and not path.is_symlink():
            yield path


class _Reader:
    """Reads exactly ``left`` bytes of a file and hashes them: a file that grows meanwhile is kept as it was at the start."""

    def __init__(self, file: IO[bytes], size: int):
        self.file, self.left, self.digest = file, size, hashlib.new(_HASH)

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        self.digest.update(data)
        return data


@contextmanager
def _writer(target: Path, *, packed: bool) -> Iterator[Any]:
    """Gives a function that adds a file and tells its size and hash; only the owner may read what is written."""
    if not packed:
        target.mkdir(mode=0o700)
        yield lambda name, path: _copied(path, name, lambda reader, size: _into_folder(target / name, reader))
        return
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
        yield lambda name, path: _copied(path, name, lambda reader, size: _into_archive(archive, name, reader, size))


def _copied(path: Path, name: str, put: Callable[[_Reader, int], None]) -> dict[str, Any]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        reader = _Reader(file, size)
        put(reader, size)
    if reader.left:
        raise CannotBackUp(_("%(path)s changed while it was read. Try again.") % {"path": name})
    return {"size": size, _HASH: reader.digest.hexdigest()}


def _into_folder(place: Path, reader: _Reader) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.open("xb") as copy:
        shutil.copyfileobj(reader, copy, _CHUNK)


def _into_archive(archive: tarfile.TarFile, name: str, reader: _Reader, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, reader)  # type: ignore[arg-type]


# --- proving -------------------------------------------------------------------------------------
@contextmanager
def verified(source: Path, *, beside: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """Unpack an archive into a temporary folder and prove it whole; raise CannotRestore otherwise."""
    if not source.exists():
        raise CannotRestore(_("%(path)s does not exist.") % {"path": source})
    if beside:
        beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=beside) as name:
        folder = Path(name)
        _unpack(source, folder)
        manifest = _read_manifest(folder)
        _check_files(folder, manifest)
        _check_database(folder, manifest)
        yield manifest, folder


def _unpack(source: Path, folder: Path) -> None:
    if source.is_dir():
        if any(path.is_symlink() for path in source.rglob("*")):
            raise CannotRestore(_("The backup holds links, which we never write."))
        shutil.copytree(source, folder, dirs_exist_ok=True)
        return
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts
                if not member.isreg() or member.name.startswith("/") or ".." in parts or not parts:
                    raise CannotRestore(_("The archive holds something that we never write: %(name)s.") % {"name": member.name[:100]})
                place = folder.joinpath(*parts)
                place.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                with place.open("xb") as copy:
                    shutil.copyfileobj(content, copy, _CHUNK)  # type: ignore[arg-type]
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise CannotRestore(_("The archive is damaged or cut short.")) from error


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MAX_MANIFEST:
            raise ValueError
        found = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**found)
        known = isinstance(manifest.files, dict) and isinstance(manifest.rows, dict)
    except (OSError, ValueError, TypeError) as error:
        raise CannotRestore(_("This is no backup of the suite, or it is cut short: its list of contents is missing.")) from error
    if manifest.format != FORMAT or manifest.vendor not in _DATABASES or not known:
        raise CannotRestore(_("This is no backup of the suite, or one of another format."))
    return manifest


def _check_files(folder: Path, manifest: Manifest) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if there != set(manifest.files) or _DATABASES[manifest.vendor] not in there:
        raise CannotRestore(_("The backup is incomplete: its files are not those of its list."))
    for name, expected in manifest.files.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, _HASH).hexdigest() != expected.get(_HASH):
                raise CannotRestore(_("The backup is damaged: %(name)s is not what was saved.") % {"name": name})


def _check_database(folder: Path, manifest: Manifest) -> None:
    path = folder / _DATABASES[manifest.vendor]
    if manifest.vendor == "postgresql":
        try:
            _postgresql("pg_restore", "--list", f"--file={os.devnull}", str(path))
        except CannotBackUp as error:
            raise CannotRestore(str(error)) from error
        return
    try:
        with closing(sqlite3.connect(path)) as database:
            _check_sqlite(database)
            whole = _count_sqlite(database) == manifest.rows and _migrations_of(database) == manifest.migrations
    except (sqlite3.Error, CannotBackUp) as error:
        raise CannotRestore(_("The backup is damaged: its database cannot be read.")) from error
    if not whole:
        raise CannotRestore(_("The backup is damaged: its database holds other rows than its list says."))


# --- giving back ---------------------------------------------------------------------------------
def restore_backup(source: Path, *, force: bool = False) -> Manifest:
    """Put database and files back as the archive has them; sessions of that time end, newer migrations are applied."""
    with verified(source, beside=Path(settings.DATA_DIR)) as (manifest, folder):
        _check_target(manifest, force=force)
        with _media_swapped(folder / "media"):
            if manifest.vendor == "sqlite":
                _load_sqlite(folder / _DATABASES["sqlite"])
            else:
                _load_postgresql(folder / _DATABASES["postgresql"])
        connection.close()
    call_command("migrate", verbosity=0, interactive=False)
    Session.objects.all().delete()
    cache.clear()
    return manifest


def _check_target(manifest: Manifest, *, force: bool) -> None:
    if manifest.vendor != connection.vendor:
        raise CannotRestore(_("The backup is of %(theirs)s, this suite runs on %(ours)s.") % {"theirs": manifest.vendor, "ours": connection.vendor})
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    ours = {key.split(".")[0] for key in known}
    newer = [f"{app}.{name}" for app, name in manifest.migrations if app in ours and f"{app}.{name}" not in known]
    if newer:
        raise CannotRestore(_("The backup was made by another build: it knows %(name)s. Install that build first.") % {"name": newer[0]})
    if not force and _has_people():
        raise CannotRestore(_("The database is in use: people are in it. Use --force to replace it and all files."))


def _has_people() -> bool:
    if "people_user" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM people_user LIMIT 1")
        return cursor.fetchone() is not None


@contextmanager
def _media_swapped(fresh: Path) -> Iterator[None]:
    """Our files step aside while the database is loaded, and come back when that fails."""
    root = Path(settings.MEDIA_ROOT)
    aside = root.with_name(f"{root.name}.before-restore")
    if aside.exists():
        raise CannotRestore(_("%(path)s is left from a restore that was interrupted. Look at it, then move it away.") % {"path": aside})
    root.mkdir(parents=True, exist_ok=True)
    fresh.mkdir(exist_ok=True)
    root.rename(aside)
    try:
        shutil.move(fresh, root)
        yield
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        aside.rename(root)
        raise
    shutil.rmtree(aside)


def _load_sqlite(source: Path) -> None:
    """Page by page into the living file: other processes wait for the lock instead of writing into a removed file."""
    connection.close()
    try:
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=60)) as target:
            copy.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise CannotRestore(_("The database could not be replaced: %(error)s") % {"error": error}) from error


def _load_postgresql(source: Path) -> None:
    name = str(connection.get_connection_params()["dbname"])
    connection.close()
    try:
        _postgresql("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", f"--dbname={name}", str(source))
    except CannotBackUp as error:
        raise CannotRestore(str(error)) from error
