"""``manage.py import_people FILE [--dry-run]``: people from a spreadsheet; the last line printed is a JSON summary."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from foundation.integrity import Refused
from foundation.people.models import RowAction
from foundation.people.services.imports import apply_import, discard_import, stage_import


class Command(BaseCommand):
    help = "Read people from CSV or XLSX, check every row, write the sound ones. Ends with 1 when anything was refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        today = timezone.localdate()
        try:
            with file.open("rb") as opened:
                batch = stage_import(file=opened, name=file.name, by=None, today=today)
        except (OSError, Refused) as error:
            self._end({"file": file.name, "applied": False, "error": str(error)}, failed=True)
            return
        if dry_run:
            discard_import(batch=batch)
        else:
            batch = apply_import(batch=batch, by=None, today=today, now=timezone.now())
        refused = [
            {"row": row.number, "column": column, "reason": reason}
            for row in batch.rows.filter(action=RowAction.REFUSE)
            for column, reason in row.reasons.items()
        ]
        for entry in refused:
            self.stderr.write(f"{entry['row']}: {entry['column']}: {entry['reason']}")
        summary = {"file": file.name, "applied": not dry_run, **batch.counts, "reasons": refused}
        self._end(summary, failed=bool(refused))

    def _end(self, summary: dict[str, Any], *, failed: bool) -> None:
        self.stdout.write(json.dumps(summary, ensure_ascii=False, sort_keys=True))
        if failed:
            raise SystemExit(1)
