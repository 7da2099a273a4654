from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.integrity import Refused
from suite.backup import create_backup


class Command(BaseCommand):
    help = "Save database and files while people work. OUT ends in .tar.gz for one archive, else it becomes a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path)

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        try:
            manifest = create_backup(out)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{out}: {sum(manifest.rows.values())} rows, {len(manifest.files) - 1} files")
