"""Commands that programs read."""

import json
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class SummaryCommand(BaseCommand):
    """A command whose last line is one JSON object, also when it was refused; then with ``error``, and it exits with 1."""

    def say(self, summary: dict[str, Any]) -> None:
        """Print the summary; what cannot be printed (lone surrogates of a command line) does not end in an error."""
        self.stdout.write(json.dumps(summary, ensure_ascii=False, default=str).encode("utf-8", "replace").decode())

    def refuse(self, sentence: object, **summary: Any) -> NoReturn:
        """Say why nothing was done, to the program on the last line and to the person as an error."""
        self.say({**summary, "error": str(sentence)})
        raise CommandError(str(sentence))
