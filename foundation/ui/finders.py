"""Serves an allow-list of files from node_modules under ``vendor/``, nothing else of that folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

NODE_MODULES = Path(settings.BASE_DIR) / "node_modules"

# Path under vendor/ -> file under node_modules/.
FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler-icons/tabler-icons.min.css": "@tabler/icons-webfont/dist/tabler-icons.min.css",
    "tabler-icons/fonts/tabler-icons.woff2": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
    "tabler-icons/fonts/tabler-icons.woff": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff",
    "tabler-icons/fonts/tabler-icons.ttf": "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf",
    "noto-sans-sc/hans-400.woff2": "@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff2",
    "noto-sans-sc/hans-600.woff2": "@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-600-normal.woff2",
    "noto-sans-sc/latin-400.woff2": "@fontsource/noto-sans-sc/files/noto-sans-sc-latin-400-normal.woff2",
    "noto-sans-sc/latin-500.woff2": "@fontsource/noto-sans-sc/files/noto-sans-sc-latin-500-normal.woff2",
    "noto-sans-sc/latin-600.woff2": "@fontsource/noto-sans-sc/files/noto-sans-sc-latin-600-normal.woff2",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "alpine/alpine.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "sortable/sortable.min.js": "sortablejs/Sortable.min.js",
    "tom-select/tom-select.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "tom-select/tom-select.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "frappe-gantt/frappe-gantt.css": "frappe-gantt/dist/frappe-gantt.css",
    "frappe-gantt/frappe-gantt.js": "frappe-gantt/dist/frappe-gantt.umd.js",
    "driver/driver.css": "driver.js/dist/driver.css",
    "driver/driver.js": "driver.js/dist/driver.js.iife.js",
    "modern-screenshot/modern-screenshot.js": "modern-screenshot/dist/index.js",
}
PREFIX = "vendor/"


class NpmFinder(BaseFinder):
    """Finds the allow-listed files only."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.storage = FileSystemStorage(location=str(NODE_MODULES))
        self.storage.prefix = ""  # type: ignore[attr-defined]  # read by collectstatic
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Name each allow-listed file that npm did not bring."""
        if not NODE_MODULES.exists():
            return []
        return [
            Error(f"The front-end file {source} is missing; run npm ci.", id="ui.E001") for source in FILES.values() if not (NODE_MODULES / source).exists()
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        source = FILES.get(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        full = str(NODE_MODULES / source) if source and (NODE_MODULES / source).exists() else None
        if find_all:
            return [full] if full else []
        return full

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Any]]:
        for target in FILES:
            yield PREFIX + target, _Renamed(NODE_MODULES)


class _Renamed(FileSystemStorage):
    """Opens ``vendor/…`` names as the node_modules file behind them, for collectstatic."""

    prefix = ""

    def path(self, name: str) -> str:
        return str(NODE_MODULES / FILES[name.removeprefix(PREFIX)])
