"""Keys stand in pages as plain digits: grouped for reading (4,321) they lead nowhere, which shows only beyond 999 rows; test_authz walks the pages."""

import pytest

from tests.guards.watching import grouped


@pytest.mark.parametrize(
    "text", ['<input type="hidden" name="pk" value="4,321,001">', '<article id="criterion-4,321,009">', '<a href="/crm/accounts/4,321,002/">']
)
def test_negative_control_a_grouped_key_is_noticed(text):
    assert grouped(text)
