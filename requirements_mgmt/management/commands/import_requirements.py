import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from foundation.integrity import Refused
from foundation.people.models import Department, User
from implementation.models import Rollout
from requirements_mgmt.models import ImportVerdict, RequirementImport
from requirements_mgmt.services import apply_import, stage_import


class Command(BaseCommand):
    help = "Bring a sheet of requirements (CSV, XLSX, ASVS list) into a rollout; the last line is a JSON summary."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--rollout", required=True, help="Code of the rollout.")
        parser.add_argument("--department", default="", help="Code of the department for rows that name none; the rollout's otherwise.")
        parser.add_argument("--by", default="", help="Username of the person who imports; the project manager otherwise.")
        parser.add_argument("--dry-run", action="store_true", help="Only judge the rows.")
        parser.add_argument("--report", type=Path, help="Write every refused row with its reasons to this JSON file.")

    def handle(self, *args: Any, **options: Any) -> None:
        rollout = self._one(Rollout, "rollout", code=options["rollout"])
        department = self._one(Department, "department", code=options["department"]) if options["department"] else rollout.department
        by = self._one(User, "person", username=options["by"]) if options["by"] else rollout.project_manager
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        now = timezone.now()
        try:
            with path.open("rb") as file, transaction.atomic():
                batch = stage_import(file=file, name=path.name, rollout=rollout, department=department, by=by, now=now)
                refused = _refused(batch)
                if options["dry_run"]:
                    counts = {key: batch.counts[key] for key in (*ImportVerdict.values, "rows", "headings")}
                    stored = batch.file
                    transaction.set_rollback(True)
                else:
                    stored = None
            if stored is not None:
                stored.storage.delete(stored.name)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if not options["dry_run"]:
            counts = apply_import(batch=batch, by=by, now=now)
            refused = _refused(batch)
        summary = {"file": path.name, "rollout": rollout.code, "dry_run": options["dry_run"], **counts, "refused_because": batch.counts["refused_because"]}
        if options["report"]:
            options["report"].write_text(json.dumps({**summary, "refused": refused}, ensure_ascii=False, indent=1), encoding="utf-8")
        self.stdout.write(json.dumps(summary, ensure_ascii=False))
        if counts["refuse"]:
            raise SystemExit(1)

    @staticmethod
    def _one(model: Any, word: str, **where: str) -> Any:
        row = model.objects.filter(**where).first()
        if row is None:
            raise CommandError(f"There is no {word} {next(iter(where.values()))}.")
        return row


def _refused(batch: RequirementImport) -> list[dict[str, Any]]:
    rows = batch.rows.filter(verdict=ImportVerdict.REFUSE).order_by("order")
    return [{"row": row.number, "code": row.code, "reasons": row.reasons} for row in rows]
