"""The one door for files from outside: by ending and by content, within limits, pictures drawn anew, names never trusted."""

import hashlib
import io
import re
import unicodedata
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import models
from django.http import FileResponse
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from foundation.archives import check_archive
from foundation.encodings import decode, detect
from foundation.integrity import Refused

IMAGES = frozenset({"png", "jpg", "jpeg", "webp", "gif"})
SHEETS = frozenset({"csv", "tsv", "txt", "xlsx", "xls", "ods"})
CARDS = frozenset({"vcf"})
ARTEFACTS = IMAGES | {"pdf", "docx", "pptx", "xlsx", "ods", "csv", "txt", "md"}

MAX_PIXELS = 40_000_000
MAX_SIDE = 20_000
_WHOLE = 4 * 1024 * 1024
_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "vcf": "text/vcard",
    "txt": "text/plain",
    "md": "text/plain",
    "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_PARTS = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml", "pptx": "ppt/presentation.xml", "ods": "content.xml"}
_BINARY_STARTS = (
    b"%PDF",
    b"PK\x03\x04",
    b"MZ",
    b"\x7fELF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"RIFF",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
)
_BAD_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]')


class UploadRefused(ValidationError):
    """A file that is not taken; ``sentence`` says why to the person who sent it."""

    def __init__(self, sentence: str):
        super().__init__(sentence, code="upload")
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


@dataclass
class Accepted:
    """A file that may be kept: ``file`` is what to store, ``name`` what the person called it, cleaned."""

    file: File
    name: str
    ending: str
    content_type: str
    size: int
    sha256: str
    width: int = 0
    height: int = 0


@deconstructible
class UuidPath:
    """Storage names that nobody can guess and no file name can bend: folder/ab/uuid.ending."""

    def __init__(self, folder: str):
        self.folder = folder

    def __call__(self, instance: models.Model | None, filename: str) -> str:
        ending = PurePosixPath(filename).suffix.lower().lstrip(".")
        name = uuid.uuid4().hex
        return f"{self.folder}/{name[:2]}/{name}.{ending if ending in _TYPES else 'bin'}"


def uuid_path(folder: str) -> UuidPath:
    """For ``FileField(upload_to=uuid_path("imports"))``."""
    return UuidPath(folder)


def clean_name(name: str) -> str:
    """The person's file name without folders, controls and direction marks, at most 150 characters with its ending."""
    bare = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    bare = _BAD_IN_NAMES.sub("", bare).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    if not dot:
        stem, ending = bare, ""
    stem = stem.strip(". ")[:140] or "file"
    return f"{stem}.{ending[:8]}" if ending else stem


def accept(file: Any, *, kinds: frozenset[str] | set[str] = ARTEFACTS, max_bytes: int | None = None) -> Accepted:
    """Check an uploaded file against the kinds taken here; raise UploadRefused with a sentence, or give what to keep."""
    if not file:
        raise UploadRefused(_("The file is empty."))
    name = clean_name(file.name or "")
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    if ending not in kinds or ending not in _TYPES:
        raise UploadRefused(_("Files of this kind are not taken here. Taken are: %(kinds)s.") % {"kinds": ", ".join(sorted(kinds))})
    limit = min(max_bytes or settings.UPLOAD_MAX_BYTES, settings.UPLOAD_MAX_BYTES)
    if file.size > limit:
        raise UploadRefused(_("The file is larger than %(most)s MB.") % {"most": max(1, limit // 1024 // 1024)})
    if file.size == 0:
        raise UploadRefused(_("The file is empty."))
    file.seek(0)
    if ending in IMAGES:
        return _image(file, name, ending)
    try:
        _CHECKS[ending](file, ending)
    except Refused as error:
        raise UploadRefused(str(error)) from error
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in iter(lambda: file.read(1024 * 1024), b""):
        digest.update(chunk)
    file.seek(0)
    return Accepted(
        file=file if isinstance(file, File) else File(file, name),
        name=name,
        ending=ending,
        content_type=_TYPES[ending],
        size=file.size,
        sha256=digest.hexdigest(),
    )


# --- pictures ------------------------------------------------------------------------------------
_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF"}


def _image(file: IO[bytes], name: str, ending: str) -> Accepted:
    data = _drawn_anew(file.read(), ending)
    stem = name.rsplit(".", 1)[0]
    kept = "png" if ending == "gif" else ending
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
    return Accepted(
        file=ContentFile(data, f"{stem}.{kept}"),
        name=f"{stem}.{kept}",
        ending=kept,
        content_type=_TYPES[kept],
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=width,
        height=height,
    )


def _drawn_anew(data: bytes, ending: str) -> bytes:
    """The picture's pixels in a file of our own writing: nothing hidden in the original comes along, place of shot included."""
    wanted = _FORMATS[ending]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[wanted]) as picture:
                if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                    raise UploadRefused(_("The picture has more than %(most)s million pixels.") % {"most": MAX_PIXELS // 1_000_000})
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                return _encoded(upright, wanted)
    except UploadRefused:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        MemoryError,
        KeyError,
        TypeError,
    ) as error:
        raise UploadRefused(_("The picture cannot be read, or its content is not what its name says.")) from error


def _encoded(picture: Image.Image, wanted: str) -> bytes:
    buffer = io.BytesIO()
    clear = wanted != "JPEG" and (picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info)
    plain = picture.convert("RGBA" if clear else "RGB")
    plain.info = {}  # comments, places and profiles stay behind
    plain.save(buffer, "PNG" if wanted == "GIF" else wanted, **({"quality": 90} if wanted == "JPEG" else {}))
    return buffer.getvalue()


# --- documents -----------------------------------------------------------------------------------
def _check_pdf(file: IO[bytes], ending: str) -> None:
    start = file.read(8)
    file.seek(max(0, file.seek(0, 2) - 2048))
    if not start.startswith(b"%PDF-") or b"%%EOF" not in file.read():
        raise UploadRefused(_("This is no whole PDF file."))


def _check_text(file: IO[bytes], ending: str) -> None:
    data = file.read(_WHOLE + 1)
    if data.startswith(_BINARY_STARTS):
        raise UploadRefused(_("The content is not what the name says: this is no text."))
    if len(data) <= _WHOLE:
        decode(data)
    else:  # a long text is looked through piece by piece, so that whoever sends it does not wait for a vote on all of it
        detect(file)


def _check_zip(file: IO[bytes], ending: str) -> None:
    if file.read(4) != b"PK\x03\x04":
        raise UploadRefused(_("The content is not what the name says. If the file has a password, save it without."))
    names = {name.lower() for name in check_archive(file)}
    if _PARTS[ending] not in names:
        raise UploadRefused(_("The content is not what the name says."))
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UploadRefused(_("The file holds macros. Save it without them."))


def _check_ole(file: IO[bytes], ending: str) -> None:
    if file.read(8) != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UploadRefused(_("The content is not what the name says."))


_CHECKS: dict[str, Callable[[IO[bytes], str], None]] = {
    "pdf": _check_pdf,
    "csv": _check_text,
    "tsv": _check_text,
    "vcf": _check_text,
    "txt": _check_text,
    "md": _check_text,
    "xls": _check_ole,
    **dict.fromkeys(_PARTS, _check_zip),
}


# --- giving back ---------------------------------------------------------------------------------
def serve(stored: models.fields.files.FieldFile, name: str, *, inline: bool = False) -> FileResponse:
    """A stored file as a download that no browser runs; ``inline`` shows pictures (drawn anew by us) in the page."""
    ending = PurePosixPath(stored.name or "").suffix.lower().lstrip(".")
    shown = inline and ending in IMAGES
    response = FileResponse(
        stored.open("rb"),
        as_attachment=not shown,
        filename=clean_name(name),
        content_type=_TYPES.get(ending, "application/octet-stream") if ending != "gif" else "image/gif",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
