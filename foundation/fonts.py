"""The fonts of the PDF renderer: Noto Sans SC from the npm package, turned into TTF once, seen through a fontconfig of our own."""

import os
import shutil
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape  # nosec B406: escapes text for XML, reads none

from django.conf import settings
from fontTools.ttLib import TTFont

FAMILY = "Noto Sans SC"
_SOURCES = {
    ("chinese-simplified", 400): "Regular",
    ("chinese-simplified", 700): "Bold",
    ("latin", 400): "Regular",
    ("latin", 700): "Bold",
}
_STAMP = "ready-2"


def font_environment() -> dict[str, str]:
    """Environment variables under which fontconfig finds our fonts first, then those of the system."""
    folder = Path(settings.FONT_DIR)
    if not (folder / _STAMP).exists():
        _make(folder)
    return {"FONTCONFIG_FILE": str(folder / "fonts.conf"), "XDG_CACHE_HOME": str(folder / "cache")}


def _make(folder: Path) -> None:
    """Build the folder beside its place and move it there: two processes may do so at once."""
    source = Path(settings.BASE_DIR) / "node_modules" / "@fontsource" / "noto-sans-sc" / "files"
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="fonts-", dir=folder.parent))
    for (subset, weight), style in _SOURCES.items():
        woff = source / f"noto-sans-sc-{subset}-{weight}-normal.woff"  # the same outlines as woff2, which takes twenty times as long to unpack
        if woff.exists():  # without it the system's Chinese fonts serve
            _to_ttf(woff, building / f"NotoSansSC-{subset}-{weight}.ttf", weight, style, subset)
    (building / "cache").mkdir()
    (building / "fonts.conf").write_text(_configuration(folder), encoding="utf-8")
    (building / _STAMP).touch()
    try:
        if (folder / _STAMP).exists():  # somebody else was faster, and a page is perhaps being drawn with theirs
            shutil.rmtree(building, ignore_errors=True)
            return
        if folder.exists():
            shutil.rmtree(folder)
        building.replace(folder)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        if not (folder / _STAMP).exists():
            raise


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
        f"<dir>{escape(str(folder))}</dir>{system}<cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        f"<alias><family>sans-serif</family><prefer><family>{FAMILY}</family><family>Noto Sans CJK SC</family></prefer></alias>"
        "</fontconfig>"
    )
