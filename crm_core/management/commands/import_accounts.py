import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from crm_core.models import ImportKind, RowAction
from crm_core.reports import refused_rows_xlsx
from crm_core.services.importing import apply_chunk, check_batch, finish_apply, stage_file, start_apply
from foundation.integrity import Refused
from foundation.people.models import Department, User


class Command(BaseCommand):
    help = "Imports accounts or contacts from CSV or XLSX; prints a JSON summary on its last line and exits with 1 when something was refused."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--source", default="", help="where the file comes from; the matching of columns is kept under this name")
        parser.add_argument("--kind", choices=ImportKind.values, default=ImportKind.ACCOUNT)
        parser.add_argument("--dry-run", action="store_true", help="check only")
        parser.add_argument("--failed", metavar="OUT.xlsx", help="write the refused rows with their reasons here")
        parser.add_argument("--as", dest="username", help="whose rights count; the first administrator of the import unless given")
        parser.add_argument("--pool", metavar="DEPARTMENT", help="code of the department into whose pool accounts without an owner fall")
        parser.add_argument("--owner", help="user name of the owner of accounts for which the file names none")

    def handle(self, *args, **options):
        path, by = Path(options["file"]), self._person(options["username"])
        translation.activate(by.language)
        if not path.is_file():
            raise CommandError(f"{path} is not a file.")
        if not by.has_perm("crm_core.import_account"):
            raise CommandError(f"{by.username} may not import accounts.")
        now = timezone.now()
        try:
            with path.open("rb") as file:
                batch = stage_file(
                    file=file,
                    file_name=path.name,
                    kind=options["kind"],
                    by=by,
                    now=now,
                    source=options["source"],
                    default_owner=self._person(options["owner"]) if options["owner"] else None,
                    department=Department.objects.get(code=options["pool"]) if options["pool"] else None,
                )
            check_batch(batch=batch, by=by, now=now)
        except Refused as refusal:
            self.stdout.write(json.dumps({"batch": None, "rows": 0, "error": str(refusal)}, ensure_ascii=False))
            raise CommandError(str(refusal)) from refusal
        if not options["dry_run"]:
            start_apply(batch=batch, by=by, now=now)
            while apply_chunk(batch=batch, by=by, now=timezone.now()):
                pass
            finish_apply(batch=batch, by=by, now=timezone.now())
        if options["failed"] and batch.counts[RowAction.REFUSE]:
            Path(options["failed"]).write_bytes(refused_rows_xlsx(batch))
        self._tell(batch)

    def _tell(self, batch):
        counts = {action: batch.counts.get(action, 0) for action in RowAction.values}
        mapping = {batch.headings[int(place)]: field for place, field in batch.mapping.items()}
        summary = {
            "batch": batch.pk,
            "rows": batch.row_count,
            **counts,
            "encoding": batch.encoding or batch.sheet,
            "mapping": mapping,
            "state": batch.state,
        }
        self.stdout.write(json.dumps(summary, ensure_ascii=False))
        if counts[RowAction.REFUSE]:
            raise SystemExit(1)

    def _person(self, username):
        if username:
            user = User.objects.filter(username=username, is_active=True).first()
            if user is None:
                raise CommandError(f"Nobody active is called {username}.")
            return user
        user = next((user for user in User.objects.filter(is_active=True).order_by("pk") if user.has_perm("crm_core.import_account")), None)
        if user is None:
            raise CommandError("Nobody may import accounts; name a person with --as.")
        return user
