from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from foundation.commands import SummaryCommand
from suite.scale.seeding import CannotSeed, seed

NOUNS = ("accounts", "contacts", "activities", "opportunities")


class Command(SummaryCommand):
    help = "Adds a fictional customer base of any size, always the same, for measuring. Never in production; on real customers only with --force."

    def add_arguments(self, parser: CommandParser) -> None:
        for noun in NOUNS:
            parser.add_argument(f"--{noun}", type=int, default=0)
        parser.add_argument("--force", action="store_true", help="even where there are customers, or in production")

    def handle(self, *args: Any, force: bool = False, **options: Any) -> None:
        counts = {noun: options[noun] for noun in NOUNS}
        if min(counts.values()) < 0 or max(counts.values()) > 20_000_000:
            self.refuse("Between 0 and 20,000,000 of each.", **dict.fromkeys(NOUNS, 0))
        if settings.PRODUCTION and not force:
            self.refuse("Fictional customers are not for production. Insist with --force.", **dict.fromkeys(NOUNS, 0))
        try:
            found = seed(**counts, force=force)
        except CannotSeed as error:
            self.refuse(error, **dict.fromkeys(NOUNS, 0))
        self.say(found)
