from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.integrity import Refused
from suite.backup import verified


class Command(BaseCommand):
    help = "Prove that a backup is whole, without touching anything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)

    def handle(self, *args: Any, source: Path, **options: Any) -> None:
        try:
            with verified(source) as (manifest, _folder):
                self.stdout.write(f"whole: saved at {manifest.created_at} by build {manifest.build}, {sum(manifest.rows.values())} rows")
        except Refused as error:
            raise CommandError(str(error)) from error
