"""A cell as a person would read it."""

from datetime import date, datetime, time
from typing import Any


def text_of(cell: Any) -> str:
    """Whole floats without the point, moments in ISO, no NUL and no space around."""
    if isinstance(cell, str):
        return cell.replace("\x00", "").strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return str(cell)
