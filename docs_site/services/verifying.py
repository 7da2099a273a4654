"""Whether a PDF is the kept file of a signed version, one of ours that was altered, or not ours."""

import re
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from docs_site.models import DocumentVersion
from docs_site.reports import MARK
from foundation.integrity import sha256_of

UNTOUCHED, ALTERED, NOT_OURS = "untouched", "altered", "not_ours"
EXIT = {UNTOUCHED: 0, ALTERED: 1, NOT_OURS: 2}
MAX_STREAMS, MAX_STREAM, MAX_TOTAL = 2_000, 4 * 1024 * 1024, 64 * 1024 * 1024
_MARK = re.compile(rf"{MARK}:([0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}):([0-9a-f]{{64}})".encode())
_STREAM = re.compile(rb"stream\r?\n")
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")
_HEX = re.compile(rb"<([0-9A-Fa-f]{80,2000})>")


@dataclass(frozen=True)
class Verdict:
    """What a file is; ``reason`` says for an altered one what differs: file, content or signatures."""

    status: str
    sha256: str
    version: DocumentVersion | None = None
    reason: str = ""

    @property
    def exit_code(self) -> int:
        return EXIT[self.status]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``: dates in ISO form, names as they were at signing."""
        found: dict[str, Any] = {"status": self.status, "sha256": self.sha256, "reason": self.reason}
        if self.version:
            found |= {
                "document": self.version.content["code"],
                "title": self.version.content["title"],
                "version": self.version.number,
                "state": self.version.state,
                "version_id": str(self.version.public_id),
                "content_sha256": self.version.content_sha256,
                "pdf_sha256": self.version.pdf_sha256,
                "signed_at": self.version.signed_at.isoformat() if self.version.signed_at else None,
                "signatures": [
                    {"name": row.signer_name, "meaning": row.meaning, "signed_at": row.signed_at.isoformat()} for row in self.version.signatures.all()
                ],
            }
        return found


def _in(data: bytes) -> list[tuple[bytes, bytes]]:
    """The marks in bytes as the ways of writing strings in a PDF have them: plain, in two bytes, with octal escapes, in hexadecimal."""
    found = _MARK.findall(data) or _MARK.findall(data.replace(b"\x00", b""))
    found = found or _MARK.findall(_OCTAL.sub(lambda match: bytes([int(match.group(1), 8)]), data))
    for count, match in enumerate(_HEX.finditer(data) if not found else ()):
        if found or count >= MAX_STREAMS:
            break
        text = match.group(1)
        found = _MARK.findall(bytes.fromhex(text[: len(text) // 2 * 2].decode()).replace(b"\x00", b""))
    return found


def _marks(data: bytes) -> list[tuple[str, str]]:
    """Every version mark in the file, also within compressed streams; bounded, so that a bomb costs little."""
    found = _in(data)
    total, view = 0, memoryview(data)
    if not found:
        for count, start in enumerate(_STREAM.finditer(data)):
            if count >= MAX_STREAMS or total >= MAX_TOTAL or found:
                break
            try:
                unpacked = zlib.decompressobj().decompress(view[start.end() : start.end() + MAX_STREAM], MAX_STREAM)
            except zlib.error:
                continue
            total += len(unpacked)
            found = _in(unpacked)
    return [(one.decode(), other.decode()) for one, other in found]


def verify_pdf(*, data: bytes, among: QuerySet[DocumentVersion] | None = None) -> Verdict:
    """Compare a file with every kept one; ``among`` limits the versions that the asker may know of."""
    versions = DocumentVersion.objects.all() if among is None else among
    versions = versions.prefetch_related("signatures").select_related("document")
    digest = sha256_of(data)
    version = versions.filter(pdf_sha256=digest).first()
    if version:
        if sha256_of(version.content) != version.content_sha256:
            return Verdict(ALTERED, digest, version, "content")
        if any(signature.content_sha256 != version.content_sha256 for signature in version.signatures.all()):
            return Verdict(ALTERED, digest, version, "signatures")
        return Verdict(UNTOUCHED, digest, version)
    for public_id, _content in _marks(data):
        version = versions.filter(public_id=UUID(public_id)).first()
        if version:
            return Verdict(ALTERED, digest, version, "file")
    return Verdict(NOT_OURS, digest)
