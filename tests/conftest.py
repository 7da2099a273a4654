"""The cast, the clock and a database that is made once and copied."""

import fcntl
import gc
import hashlib
import io
import os
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from _pytest.runner import runtestprotocol
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client, TransactionTestCase
from django.utils import timezone, translation

from foundation.people.access import roles
from foundation.people.models import Assignment
from foundation.room import roomy
from tests.cast import Kept
from tests.factories.people import DepartmentFactory, person
from tests.postgres import PostgresCopy

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop of its own
settings.WHITENOISE_AUTOREFRESH = True  # static files are looked up when asked for: each test client would otherwise read the dates of all of them

BASE = Path(settings.BASE_DIR)

# Workers of one run share the Redis server, never a database in it: one clears its cache while the other counts failures.
if settings.CACHE_URL and (_worker := os.environ.get("PYTEST_XDIST_WORKER", "")).startswith("gw"):
    _server, _, _number = settings.CACHE_URL.rpartition("/")
    settings.CACHE_URL = f"{_server}/{int(_number) + 1 + int(_worker[2:])}"
    settings.CACHES["default"]["LOCATION"] = os.environ["CACHE_URL"] = settings.CACHE_URL


def pytest_collection_finish():
    """What collection has loaded lives as long as the run: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


# Files that take long, most by a single test: begun first, so that at the end no worker waits for another.
LONG = (
    "guards/test_authz.py",
    "faults/test_import_killed.py",
    "browser/test_main_screens.py",
    "jobs/test_job_worker.py",
    "guards/test_query_counts.py",
    "guards/test_veils.py",
    "crm_core/test_alone.py",
    "journeys/test_loop.py",
)


def pytest_collection_modifyitems(items):
    place = {BASE / "tests" / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """Each test as pytest runs it, with room on the stack."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    roomy(runtestprotocol, item, nextitem=nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


# A slow machine is no failure; where it decides what lands, the examples are the same each time.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("suite")


# Apps of others: their migrations change only with the locks, so what they make is kept apart.
OTHERS = (
    "wagtailcore",
    "wagtailadmin",
    "wagtailimages",
    "wagtaildocs",
    "wagtailsearch",
    "wagtailusers",
    "taggit",
    "account",
    "mfa",
    "socialaccount",
    "usersessions",
    "django_celery_beat",
    "sessions",
)


def _hash_of(*patterns: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for pattern in patterns for p in BASE.glob(pattern) if p.is_file()):
        digest.update(str(path.relative_to(BASE)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _fingerprint() -> str:
    """Changes whenever a migration does."""
    return _hash_of("*/migrations/*.py", "foundation/*/migrations/*.py")


def others_in(folder: Path) -> Path:
    """The SQLite database with what the apps of others make, kept for the next change of ours."""
    return folder / f"others-{_hash_of('foundation/people/migrations/*.py', 'locks/runtime.txt')}.sqlite3"


def _prepare_others() -> None:
    for label in OTHERS:
        call_command("migrate", label, verbosity=0, interactive=False)


def _prepare() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def compiled_translations():
    call_command("compile_translations", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115  (lives as long as the process)


class SqliteCopy:
    """The worker's own database file, copied from the template; ``restore`` copies it again."""

    def __init__(self, connection, *, worker, fingerprint, prepare, point):
        self.connection, self.point = connection, point
        self.folder = Path(settings.DATA_DIR) / "testdb"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.template = self.folder / f"template-{fingerprint}.sqlite3"
        self.mine = self.folder / f"{worker}-{os.getpid()}.sqlite3"
        with (self.folder / "building.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one worker makes the template, the others wait for it
            if not self.template.exists():
                self._make_template(prepare)
        self.restore()

    def _make_template(self, prepare):
        """First what the apps of others make, then our own."""
        others = others_in(self.folder)
        if not others.exists():
            self._build(others, _prepare_others)
        self._build(self.template, prepare, start=others)
        for old in sorted(self.folder.glob("template-*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-20]:
            old.unlink(missing_ok=True)

    def _build(self, target, prepare, start=None):
        building = self.folder / f"building-{os.getpid()}.sqlite3"
        building.unlink(missing_ok=True)
        if start is not None:
            shutil.copyfile(start, building)
        self.point(str(building))
        prepare()
        self.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()
        building.replace(target)

    def keep(self):
        """What the session has prepared becomes what transactional tests go back to."""
        self.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()
        self.template = self.mine.with_suffix(".base")
        shutil.copyfile(self.mine, self.template)
        self.point(str(self.mine))

    def restore(self):
        """Back to the template: everything that a transactional test committed is gone."""
        self.remove()
        shutil.copyfile(self.template, self.mine)
        self.point(str(self.mine))

    def remove(self):
        self.connection.close()
        for path in self.folder.glob(f"{self.mine.name}*"):
            path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """A database made once per set of migrations and copied: by file on SQLite, by template on PostgreSQL.

    Transactional tests get a fresh copy afterwards instead of a flush, which would take Wagtail's root page with it.
    """
    connection = connections["default"]
    kind = SqliteCopy if connection.vendor == "sqlite" else PostgresCopy
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with django_db_blocker.unblock():
        copy = kind(connection, worker=worker, fingerprint=_fingerprint(), prepare=_prepare, point=partial(_point, connection))
        call_command("sync_features", verbosity=0, stdout=io.StringIO())
        world = Kept(build_world)  # before the copy is kept: on PostgreSQL the sequences have then passed the keys of the cast
        copy.keep()
    flush = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: copy.restore()
    yield SimpleNamespace(world=world)
    TransactionTestCase._fixture_teardown = flush
    with django_db_blocker.unblock():
        copy.remove()
        if kind is SqliteCopy:
            copy.template.unlink(missing_ok=True)


def _point(connection, name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


@pytest.fixture(autouse=True)
def _clean_slate():
    """English, and nothing left over in a shared cache (the database's cache goes with the database)."""
    translation.activate("en")
    roles.cache_clear()
    yield
    translation.activate("en")
    if settings.CACHE_URL:
        cache.clear()


@pytest.fixture
def today():
    return timezone.localdate()


def build_world():
    """A small group: two business units, East with two sales teams and service, West; and the cast in it."""
    group = DepartmentFactory(code="GRP", name="集团", name_en="Group", kind="group")
    east = DepartmentFactory(code="EAST", name="华东事业部", name_en="East", kind="business_unit", parent=group)
    sales = DepartmentFactory(code="E-SALES", name="华东销售部", name_en="East sales", parent=east)
    team_a = DepartmentFactory(code="E-S-A", name="销售一组", name_en="Sales team A", kind="team", parent=sales)
    team_b = DepartmentFactory(code="E-S-B", name="销售二组", name_en="Sales team B", kind="team", parent=sales)
    service = DepartmentFactory(code="E-SERV", name="华东客服部", name_en="East service", parent=east)
    west = DepartmentFactory(code="WEST", name="西部事业部", name_en="West", kind="business_unit", parent=group)
    west_sales = DepartmentFactory(code="W-SALES", name="西部销售部", name_en="West sales", parent=west)
    office = DepartmentFactory(code="PMO", name="项目办公室", name_en="Project office", parent=group)
    far = DepartmentFactory(code="FAR", name="外部公司", name_en="Elsewhere", kind="group")

    cast = SimpleNamespace(
        group=group, east=east, sales=sales, team_a=team_a, team_b=team_b, service=service, west=west, west_sales=west_sales, office=office, far=far
    )
    cast.admin = person("admin", "administrator", office)
    cast.sponsor = person("sponsor", "sponsor", group, head=True)
    cast.pm = person("pm", "project_manager", office, head=True)
    cast.consultant = person("consultant", "consultant", office)
    cast.developer = person("developer", "developer", office)
    cast.sales_manager = person("sales_manager", "sales_manager", sales, head=True)
    manager_post = Assignment.objects.get(user=cast.sales_manager).position
    cast.sales_rep = person("sales_rep", "sales_rep", team_a, reports_to=manager_post)
    cast.other_rep = person("other_rep", "sales_rep", team_b, reports_to=manager_post)
    cast.west_rep = person("west_rep", "sales_rep", west_sales)
    cast.liaison = person("liaison", "liaison", sales)
    cast.west_liaison = person("west_liaison", "liaison", west_sales)
    cast.key_user = person("key_user", "key_user", sales)
    cast.service_agent = person("service_agent", "service_agent", service)
    cast.trainer = person("trainer", "trainer", office)
    cast.auditor = person("auditor", "auditor", office)
    cast.outsider = person("outsider", "outsider", far)
    return cast


@pytest.fixture
def world(db, django_db_setup):
    return django_db_setup.world()


@pytest.fixture(autouse=True)
def _outsider_role(monkeypatch):
    """The outsider holds every verb and sees only own rows: whatever it reaches, a queryset has leaked."""
    from foundation.people import access

    original = access.roles

    made = {}

    def with_outsider():
        if made.get("from") is not original():  # asked many times in every request
            made.update({"from": original(), "roles": extended()})
        return made["roles"]

    def extended():
        known = dict(original())
        every = frozenset().union(*(role.permissions for role in known.values()))
        models = {label for role in known.values() for label in role.scopes}
        known["outsider"] = access.Role("outsider", "Outsider", every, {label: access.Scope.OWN for label in models})
        return known

    with_outsider.cache_clear = original.cache_clear
    monkeypatch.setattr(access, "roles", with_outsider)


def _member(name):
    @pytest.fixture(name=name)
    def fixture(world):
        return getattr(world, name)

    return fixture


admin = _member("admin")
sponsor = _member("sponsor")
pm = _member("pm")
consultant = _member("consultant")
developer = _member("developer")
sales_manager = _member("sales_manager")
sales_rep = _member("sales_rep")
other_rep = _member("other_rep")
west_rep = _member("west_rep")
liaison = _member("liaison")
west_liaison = _member("west_liaison")
key_user = _member("key_user")
service_agent = _member("service_agent")
trainer = _member("trainer")
auditor = _member("auditor")
outsider = _member("outsider")


@pytest.fixture
def client_of():
    """A signed-in test client per person."""

    def make(user, **kwargs):
        client = Client(**kwargs)
        client.force_login(user, backend="foundation.people.backends.RoleBackend")
        return client

    return make


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    """Run what happens after commit: ``with on_commit(): …``."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
