"""The drill: what is saved comes back, and what is damaged is refused before anything is touched."""

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from foundation.people.models import Department, User
from foundation.search.models import SearchDocument
from suite import backup
from suite.backup import CannotRestore, create_backup, restore_backup, verified
from tests.factories.people import DepartmentFactory, person

PASSWORD = "a-long-password-9"


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path
    (settings.MEDIA_ROOT / "ab").mkdir(parents=True)
    (settings.MEDIA_ROOT / "ab" / "合同.pdf").write_bytes(b"%PDF-signed")
    (settings.MEDIA_ROOT / "big.bin").write_bytes(bytes(range(256)) * 9000)
    return settings.MEDIA_ROOT


@pytest.fixture
def people(transactional_db):
    office = DepartmentFactory(code="PMO", name="项目办公室")
    user = person("keeper", "administrator", office)
    user.set_password(PASSWORD)
    user.save()
    SearchDocument.objects.create(kind="x.y", object_id=1, title="合同")
    return user


def signs_in():
    client = Client()
    client.post(reverse("account_login"), {"login": "keeper", "password": PASSWORD})
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("name", ["copy.tar.gz", "copy-folder"])
def test_backup_restore_brings_back_rows_files_and_sign_in(people, media, tmp_path, name):
    target = tmp_path / "out" / name
    made = create_backup(target)
    assert made.rows["people_user"] == 1
    User.objects.filter(pk=people.pk).update(password="", username="somebody")
    Department.objects.update(name="lost")
    DepartmentFactory(code="NEW")
    (media / "ab" / "合同.pdf").write_bytes(b"overwritten")
    (media / "later.txt").write_bytes(b"x")
    assert not signs_in()

    restored = restore_backup(target, force=True)

    assert restored.rows == made.rows
    with connection.cursor() as cursor:
        for table in ("people_user", "people_department", "people_assignment", "search_searchdocument", "people_historicaluser"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] == made.rows[table], table
    assert Department.objects.get().name == "项目办公室"
    assert {path.relative_to(media).as_posix(): path.read_bytes() for path in media.rglob("*") if path.is_file()} == {
        "ab/合同.pdf": b"%PDF-signed",
        "big.bin": bytes(range(256)) * 9000,
    }
    assert signs_in()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".") or "before" in path.name]


def test_backup_is_for_its_owner_alone_and_overwrites_nothing(people, media, tmp_path):
    target = tmp_path / "copy.tar.gz"
    call_command("backup", str(target))
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", str(target))
    call_command("verify_backup", str(target))


def test_restore_refuses_a_database_in_use_without_force(people, media, tmp_path):
    create_backup(tmp_path / "copy.tar.gz")
    with pytest.raises(CommandError, match="in use"):
        call_command("restore", str(tmp_path / "copy.tar.gz"))


@pytest.fixture
def archive(people, media, tmp_path):
    target = tmp_path / "copy.tar.gz"
    create_backup(target)
    return target


def rewritten(archive: Path, change) -> Path:
    """The archive with its members changed: ``change`` gets and gives a dictionary of name to bytes."""
    with tarfile.open(archive) as old:
        members = {member.name: old.extractfile(member).read() for member in old}
    members = change(members)
    target = archive.with_name("changed.tar.gz")
    with tarfile.open(target, "w:gz") as new:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            if data is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                new.addfile(member)
            else:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return target


def manifest_with(**fields):
    def change(members):
        found = json.loads(members["manifest.json"])
        found.update(fields)
        return {**members, "manifest.json": json.dumps(found).encode()}

    return change


def turned(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


DAMAGES = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "cut at the end": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "turned bit": lambda path: path.write_bytes(turned(path.read_bytes())),
    "empty": lambda path: path.write_bytes(b""),
    "no archive": lambda path: path.write_bytes(b"hello"),
    "gzip of text": lambda path: path.write_bytes(gzip.compress(b"hello" * 1000)),
    "file changed": lambda path: shutil.move(rewritten(path, lambda m: {**m, "media/big.bin": b"other"}), path),
    "file missing": lambda path: shutil.move(rewritten(path, lambda m: {k: v for k, v in m.items() if k != "media/big.bin"}), path),
    "file added": lambda path: shutil.move(rewritten(path, lambda m: {**m, "media/evil": b"x"}), path),
    "path outside": lambda path: shutil.move(rewritten(path, lambda m: {"../evil": b"x", **m}), path),
    "absolute path": lambda path: shutil.move(rewritten(path, lambda m: {"/tmp/evil": b"x", **m}), path),
    "link": lambda path: shutil.move(rewritten(path, lambda m: {"media/link": None, **m}), path),
    "no manifest": lambda path: shutil.move(rewritten(path, lambda m: {k: v for k, v in m.items() if k != "manifest.json"}), path),
    "other format": lambda path: shutil.move(rewritten(path, manifest_with(format="pg-dumpall")), path),
    "odd manifest": lambda path: shutil.move(rewritten(path, manifest_with(files=[])), path),
    "other rows": lambda path: shutil.move(rewritten(path, manifest_with(rows={"people_user": 99})), path),
    "other database": lambda path: shutil.move(rewritten(path, manifest_with(vendor="oracle")), path),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_restore_refuses_the_damaged_before_it_touches_anything(archive, media, tmp_path, damage):
    if damage == "other rows" and connection.vendor == "postgresql":
        pytest.skip("rows of a dump are counted only when it is loaded")
    DAMAGES[damage](archive)
    before = (User.objects.count(), Department.objects.get().name)
    with pytest.raises(CannotRestore) as refused:
        restore_backup(archive, force=True)
    assert str(refused.value).endswith(".")
    assert (User.objects.count(), Department.objects.get().name) == before
    assert (media / "big.bin").stat().st_size == 256 * 9000
    assert not (tmp_path.parent / "evil").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".restore")]


def test_restore_refuses_a_newer_build(archive):
    changed = rewritten(archive, lambda m: m)
    with verified(changed) as (manifest, _folder):
        manifest.migrations.append(["people", "9999_from_the_future"])
        with pytest.raises(CannotRestore, match="another build"):
            backup._check_target(manifest, force=True)


def test_restore_puts_files_back_when_the_database_cannot_be_loaded(archive, media, monkeypatch):
    def fail(path):
        raise CannotRestore("no.")

    monkeypatch.setattr(backup, "_load_sqlite", fail)
    monkeypatch.setattr(backup, "_load_postgresql", fail)
    with pytest.raises(CannotRestore):
        restore_backup(archive, force=True)
    assert (media / "ab" / "合同.pdf").read_bytes() == b"%PDF-signed"
    assert not media.with_name("media.before-restore").exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a second SQLite machine is only a folder")
def test_restore_on_an_empty_machine_in_a_process_of_its_own(archive, tmp_path):
    home = tmp_path / "machine"
    surroundings = {**os.environ, "DATA_DIR": str(home), "SUITE_MODE": "test", "DATABASE_URL": f"sqlite:///{home}/suite.sqlite3"}
    command = [sys.executable, str(Path(django_settings.BASE_DIR) / "manage.py"), "restore", str(archive)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    assert "restored" in done.stdout
    with closing(sqlite3.connect(home / "suite.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT username FROM people_user").fetchall() == [("keeper",)]
    assert (home / "media" / "ab" / "合同.pdf").read_bytes() == b"%PDF-signed"


def test_backup_of_postgresql_names_the_missing_program(monkeypatch):
    monkeypatch.setattr(backup.shutil, "which", lambda name: None)
    monkeypatch.setattr(backup.Path, "glob", lambda self, pattern: [])
    with pytest.raises(backup.CannotBackUp, match="pg_dump is not installed"):
        backup._program("pg_dump")
