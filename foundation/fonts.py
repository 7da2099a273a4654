"""The fonts of the PDF renderer: Noto Sans SC from the npm package, turned into TTF once, seen through a fontconfig of our own."""

import fcntl
import json
import os
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape  # nosec B406: escapes text for XML, reads none

from django.conf import settings
from fontTools.ttLib import TTFont

from foundation.sandbox import ChildFailed, Limits, run_child

FAMILY = "Noto Sans SC"
_SOURCES = {
    ("chinese-simplified", 400): "Regular",
    ("chinese-simplified", 700): "Bold",
    ("latin", 400): "Regular",
    ("latin", 700): "Bold",
}
_STAMP = "ready-3"
PDF_CHILD = Path(__file__).with_name("pdf_child.py")


def font_environment() -> dict[str, str]:
    """Environment variables under which fontconfig finds our fonts first, then those of the system."""
    folder = Path(settings.FONT_DIR)
    if not (folder / _STAMP).exists():
        _make(folder)
    return _environment(folder)


def _environment(folder: Path) -> dict[str, str]:
    return {"FONTCONFIG_FILE": str(folder / "fonts.conf"), "XDG_CACHE_HOME": str(folder / "cache")}


def _make(folder: Path) -> None:
    """Fill the folder; of several processes one does so and the others wait, so that nobody draws with half of it."""
    source = Path(settings.BASE_DIR) / "node_modules" / "@fontsource" / "noto-sans-sc" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / _STAMP).exists():
            return
        for part in (folder / "ttf", folder / "cache"):  # apart: fontconfig looks anew through a folder of fonts in which anything has changed
            part.mkdir(exist_ok=True)
        for (subset, weight), style in _SOURCES.items():
            woff = source / f"noto-sans-sc-{subset}-{weight}-normal.woff"  # the same outlines as woff2, which takes twenty times as long to unpack
            if woff.exists():  # without it the system's Chinese fonts serve
                _to_ttf(woff, folder / "ttf" / f"NotoSansSC-{subset}-{weight}.ttf", weight, style, subset)
        (folder / "fonts.conf").write_text(_configuration(folder), encoding="utf-8")
        _draw_once(folder)
        (folder / _STAMP).touch()


def _draw_once(folder: Path) -> None:
    """Let fontconfig write its cache while nobody else reads it; what cannot be drawn at all, the first document says."""
    work = {"html": "<p>字 A</p>", "assets": {}, "identifier": "0" * 32}
    with suppress(ChildFailed), run_child(PDF_CHILD, stdin=BytesIO(json.dumps(work).encode()), limits=Limits(), env=_environment(folder)):
        pass


def _to_ttf(woff: Path, target: Path, weight: int, style: str, subset: str) -> None:
    font = TTFont(woff, recalcTimestamp=False)
    font.flavor = None
    names = {1: FAMILY, 2: style, 4: f"{FAMILY} {style}", 6: f"NotoSansSC-{style}-{subset}", 16: FAMILY, 17: style}
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)
        font["name"].setName(text, number, 1, 0, 0)
    font["OS/2"].usWeightClass = weight
    font.save(target)
    os.utime(target, (0, 0))


def _configuration(folder: Path) -> str:
    system = "".join(f"<dir>{path}</dir>" for path in ("/usr/share/fonts", "/usr/local/share/fonts"))
    return (
        '<?xml version="1.0"?><fontconfig>'
        f"<dir>{escape(str(folder / 'ttf'))}</dir>{system}<cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        f"<alias><family>sans-serif</family><prefer><family>{FAMILY}</family><family>Noto Sans CJK SC</family></prefer></alias>"
        "</fontconfig>"
    )
