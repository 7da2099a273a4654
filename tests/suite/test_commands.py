"""What programs read of the commands: one JSON object on the last line, also when nothing was done."""

import io
import json

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("command", "args", "facts"),
    [
        ("import_accounts", ["no-such-file.csv"], {"batch": None, "rows": 0, "create": 0, "refuse": 0, "mapping": {}}),
        ("import_accounts", ["no-such-file.csv", "--as", "nobody-here"], {"batch": None, "rows": 0}),
        ("undo_import", ["987654"], {"batch": 987654}),
        ("find_duplicates", ["--model", "contact", "--as", "nobody-here"], {}),
        ("search", ["青山", "--as", "nobody-here"], {"text": "青山", "count": 0}),
        ("search", ["青山\udcff", "--as", "nobody-here"], {"text": "青山?"}),
        ("recycle_pools", ["--on", "30.11.2026"], {}),
        ("seed_scale", ["--accounts", "-1"], {"accounts": 0}),
    ],
)
def test_a_refused_command_says_why_on_its_last_line(world, command, args, facts):
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command(command, *args, stdout=out, stderr=io.StringIO())
    said = json.loads(out.getvalue().splitlines()[-1])
    assert said["error"] == str(refused.value)
    assert said.items() >= facts.items()
