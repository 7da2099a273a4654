from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.integrity import Refused
from suite.backup import restore_backup


class Command(BaseCommand):
    help = "Put database and files back from a backup, after the whole of it has been proved."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument("--force", action="store_true", help="replace a database in which people are")

    def handle(self, *args: Any, source: Path, force: bool = False, **options: Any) -> None:
        try:
            manifest = restore_backup(source, force=force)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"restored what was saved at {manifest.created_at}: {sum(manifest.rows.values())} rows, {len(manifest.files) - 1} files")
