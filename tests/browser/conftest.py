"""Real pages in Debian's Chromium: a live server on a copy of the template database, signed-in people, errors that fail the test."""

import os
import re
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test.testcases import LiveServerThread, _StaticFilesHandler

CHROMIUM = "/usr/bin/chromium"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
# What Chromium says that is not the page's fault.
HARMLESS = re.compile(
    r"Failed to load resource: the server responded with a status of (403|404|409|422)|does not conform to the required format|Response Status Error Code 4"
)


def pytest_collection_modifyitems(items):
    """Browser tests carry their mark, and say why they cannot run."""
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        if not Path(CHROMIUM).exists():
            item.add_marker(pytest.mark.skip(reason=f"Chromium is not installed at {CHROMIUM}; ./run test installs it where root is available."))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags.split()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": WIDE, "locale": "en-GB", "timezone_id": settings.TIME_ZONE}


@pytest.fixture
def db(transactional_db):
    """In browser tests rows are committed, so that the server's threads see them; afterwards the database is a fresh copy."""
    return transactional_db


@pytest.fixture
def live(transactional_db):
    """The address of a server that runs beside the test."""
    server = LiveServerThread("127.0.0.1", _StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "127.0.0.1"]
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(timeout=1)


def session_of(user):
    """The cookie value of a signed-in session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "foundation.people.backends.RoleBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


@pytest.fixture
def browse(live, browser, browser_context_args):
    """``page = browse(user, language="en", theme="light", viewport=WIDE)``: a signed-in page; what it complains about fails the test."""
    contexts, complaints = [], []

    def open_page(user=None, *, language="en", theme="light", viewport=WIDE, **options):
        context = browser.new_context(**{**browser_context_args, "base_url": live, "viewport": viewport, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        if user is not None:
            type(user).objects.filter(pk=user.pk).update(language=language, theme=theme)
            user.refresh_from_db()
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" and not HARMLESS.search(message.text) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda response: complaints.append(f"{response.status} {response.url}") if response.status >= 500 else None)
        page.complaints = complaints
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained: " + " | ".join(complaints[:5])


@pytest.fixture
def look():
    """``look(page, "account_list")``: a picture in DATA_DIR/looks, named by language, theme and width."""

    def take(page, name, *, full_page=False):
        folder = Path(settings.DATA_DIR) / "looks"
        folder.mkdir(parents=True, exist_ok=True)
        language = page.evaluate("document.documentElement.lang")
        theme = page.evaluate("document.documentElement.dataset.bsTheme")
        path = folder / f"{name}-{language}-{theme}-{page.viewport_size['width']}.png"
        page.screenshot(path=str(path), full_page=full_page)
        return path

    return take


@pytest.fixture
def axe():
    """``axe(page)``: what axe-core finds wrong, as readable lines; the page's context needs ``bypass_csp=True``."""
    if not AXE.exists():
        pytest.skip("axe-core is not in node_modules; run npm ci.")

    def run(page, *, exclude=()):
        page.add_script_tag(content=AXE.read_text())
        found = page.evaluate(
            """async (exclude) => (await axe.run({exclude: exclude.map((one) => [one])}, {resultTypes: ["violations"]})).violations
                .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | "))""",
            list(exclude),
        )
        return list(found)

    return run


@pytest.fixture
def sideways():
    """How many pixels a page scrolls sideways."""
    return lambda page: page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
