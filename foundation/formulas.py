"""Cells that a spreadsheet would run as a formula: recognised, guarded in exports, given back on import.

The list of beginnings follows the OWASP page on CSV injection, with full-width signs and invisible characters before them.
"""

import re

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060 \u00a0\u3000\"'“”‘’＂＇"
_RISKY = re.compile(rf"[{_INVISIBLE}]*[=+\-@＝＋－﹣−＠\t\r\n\x00]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def is_risky(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula or hide its start."""
    return bool(_RISKY.match(text))


def guard(text: str) -> str:
    """The text with an apostrophe before it where it is risky; ``unguard`` gives the text back."""
    return f"'{text}" if is_risky(text) else text


def unguard(text: str) -> str:
    """The text as it was before ``guard``."""
    return text[1:] if text.startswith("'") and is_risky(text[1:]) else text


def without_controls(text: str) -> str:
    """The text without control characters and lone surrogates, with plain line ends."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
