"""The guard before every parser of zipped formats: sizes, members, entities; nothing hostile reaches a parser."""

import re
import stat
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext as _

from foundation.integrity import Refused

MAX_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
RATIO_FROM = 1024 * 1024
MAX_MEMBERS = 2_000
_CHUNK = 64 * 1024
_XML_ENDINGS = (".xml", ".rels", ".vml", ".xhtml", ".html", ".svg", ".rdf", ".opf", ".reqif")
_ENTITY = re.compile(rb"<\s*!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_EBCDIC_DOCTYPE = "<!DOCTYPE".encode("cp037")
_ODD_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?:utf-7|[a-z-]{0,9}037|[a-z-]{0,9}ebcdic)", re.IGNORECASE)
_OVERLAP = 64


class ArchiveRefused(Refused):
    """An archive that is damaged or built to harm."""

    status = 400


def check_archive(file: IO[bytes]) -> list[str]:
    """Read a zip once, keeping nothing; give the names of its members or raise ArchiveRefused."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_headers(members)
            read = 0
            for member in members:
                read += _check_content(archive, member, MAX_BYTES - read)
            return [member.filename.replace("\\", "/") for member in members]
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, zlib.error) as error:
        raise ArchiveRefused(_("The file is damaged: its archive cannot be read.")) from error
    finally:
        file.seek(0)


def _check_headers(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise ArchiveRefused(_("The file holds too many parts (%(count)s, at most %(most)s).") % {"count": len(members), "most": MAX_MEMBERS})
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise ArchiveRefused(_("Unpacked, the file would be larger than %(most)s MB.") % {"most": MAX_BYTES // 1024 // 1024})
    names = set()
    for member in members:
        name = member.filename.replace("\\", "/")
        if member.flag_bits & 0x1:
            raise ArchiveRefused(_("The file is encrypted. Save it without a password."))
        if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/") or "\x00" in name:
            raise ArchiveRefused(_("The file holds a part with a path that leads outside."))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ArchiveRefused(_("The file holds a link in place of a part."))
        if name in names:
            raise ArchiveRefused(_("The file holds the same part twice."))
        names.add(name)
        if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise ArchiveRefused(_("A part of the file is packed suspiciously tight."))


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> int:
    """Unpack one member piece by piece: headers lie, so sizes are counted again; XML with a DTD is refused."""
    size, tail, is_xml = 0, b"", member.filename.lower().endswith(_XML_ENDINGS)
    with archive.open(member) as content:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > room or (size > RATIO_FROM and size > MAX_RATIO * max(member.compress_size, 1)):
                raise ArchiveRefused(_("Unpacked, the file is larger than it says."))
            if is_xml or (size == len(chunk) and _looks_like_xml(chunk)):
                is_xml = True
                _refuse_entities(tail + chunk)
                tail = chunk[-_OVERLAP:]
    return size


def _looks_like_xml(start: bytes) -> bool:
    return start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _refuse_entities(data: bytes) -> None:
    # Without its NULs, UTF-16 and UTF-32 read like ASCII.
    plain = data.replace(b"\x00", b"")
    if _ENTITY.search(plain) or _EBCDIC_DOCTYPE in plain or _ODD_ENCODING.search(plain[:300]):
        raise ArchiveRefused(_("The file holds document type definitions, which are not taken."))


def check_xml(data: bytes) -> None:
    """Refuse XML with a DTD or an entity, in any encoding we take."""
    _refuse_entities(data)
