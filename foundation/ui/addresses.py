"""Addresses of the rows of a list: looked up once for all rows, because a look-up for each takes as long as drawing the row."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, reverse

STAND_IN = 909_090_909


def row_address(name: str) -> Callable[[Any], str]:
    """A function that gives the address under this url name with a row's key, a number, in it."""

    def address(row: Any) -> str:
        return address_of(name, row.pk)

    return address


def address_of(name: str, key: int) -> str:
    """The address under this url name with this key, a number, in it."""
    before, after = _around(name, settings.ROOT_URLCONF, get_script_prefix())
    return f"{before}{key}{after}"


@cache
def _around(name: str, urlconf: str, prefix: str) -> tuple[str, str]:
    before, _key, after = reverse(name, urlconf, args=[STAND_IN]).rpartition(str(STAND_IN))
    return before, after
