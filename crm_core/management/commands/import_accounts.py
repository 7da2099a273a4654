from pathlib import Path

from django.utils import timezone, translation

from crm_core.models import Decision, ImportBatch, ImportKind, RowAction, SourceKind, WhenHere
from crm_core.reports import refused_rows_xlsx
from crm_core.services.importing import Reading, Writer, apply_chunk, check_batch, decide_rows, drop_batch, finish_apply, save_mapping, stage_file, start_apply
from crm_core.services.importing.formats import DateOrder
from foundation.commands import SummaryCommand
from foundation.integrity import Refused
from foundation.people.models import Department, User


class Command(SummaryCommand):
    help = "Imports accounts or contacts from CSV, XLSX, XLS, ODS or vCard; prints a JSON summary on its last line and exits with 1 when something was refused."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--source", default="", help="where the file comes from; the matching of columns is kept under this name")
        parser.add_argument("--mapping", default="", help="name of a kept matching (source or source@version), or auto to match by the headings alone")
        parser.add_argument("--kind", choices=ImportKind.values, default=ImportKind.ACCOUNT)
        parser.add_argument("--dry-run", action="store_true", help="check only")
        parser.add_argument("--failed", metavar="OUT.xlsx", help="write the refused rows with their reasons here")
        parser.add_argument("--as", dest="username", help="whose rights count; the first administrator of the import unless given")
        parser.add_argument("--pool", metavar="DEPARTMENT", help="code of the department into whose pool accounts without an owner fall")
        parser.add_argument("--owner", help="user name of the owner of accounts for which the file names none")
        parser.add_argument("--source-kind", choices=SourceKind.values, default=SourceKind.OTHER)
        parser.add_argument("--existing", choices=WhenHere.values, default=WhenHere.UPDATE, help="what to do with customers that are here already")
        parser.add_argument("--duplicates", choices=Decision.values, help="decision about every row in question; without it such rows are refused")
        parser.add_argument("--encoding", default="", help="instead of the detected one")
        parser.add_argument("--sheet", default="", help="name of the sheet instead of the first that holds anything")
        parser.add_argument("--dates", choices=DateOrder.values, help="order of days in columns that leave it open")

    def handle(self, *args, **options):
        path, by = Path(options["file"]), self._person(options["username"])
        translation.activate(by.language)
        if not path.is_file():
            self._refuse(f"{path} is not a file.")
        if not by.has_perm("crm_core.import_account"):
            self._refuse(f"{by.username} may not import accounts.")
        batch = None
        try:
            batch = self._stage(path, by, options)
            self._check(batch, by, options)
        except Refused as refusal:
            if batch is not None:
                drop_batch(ImportBatch.objects.get(pk=batch.pk))
            self._refuse(refusal)
        if not options["dry_run"]:
            self._apply(batch, by)
        if options["failed"] and batch.counts[RowAction.REFUSE]:
            Path(options["failed"]).write_bytes(refused_rows_xlsx(batch))
        self.say({**self._summary(batch), "state": batch.state})
        if batch.counts[RowAction.REFUSE]:
            raise SystemExit(1)

    def _stage(self, path, by, options):
        with path.open("rb") as file:
            return stage_file(
                file=file,
                file_name=path.name,
                kind=options["kind"],
                by=by,
                now=timezone.now(),
                source=options["source"],
                source_kind=options["source_kind"],
                when_here=options["existing"],
                default_owner=self._person(options["owner"]) if options["owner"] else None,
                department=self._department(options["pool"]) if options["pool"] else None,
                reading=Reading(encoding=options["encoding"], sheet=options["sheet"]),
                mapping=options["mapping"],
            )

    def _check(self, batch, by, options):
        if options["dates"]:
            said = {place: options["dates"] for place, facts in batch.formats.items() if facts.get("ask") or facts.get("serial")}
            save_mapping(batch=batch, mapping=batch.mapping, said=said, by=by, now=timezone.now())
        check_batch(batch=batch, by=by, now=timezone.now())
        if options["duplicates"]:
            decide_rows(batch=batch, decision=options["duplicates"], by=by, now=timezone.now())

    def _apply(self, batch, by):
        start_apply(batch=batch, by=by, now=timezone.now(), leave_open=True)
        writer = Writer(batch, by)
        while apply_chunk(batch=batch, by=by, now=timezone.now(), writer=writer):
            pass
        finish_apply(batch=batch, by=by, now=timezone.now())

    def _summary(self, batch):
        counts = batch.counts if batch else {}
        mapping = {batch.headings[int(place)]: field for place, field in batch.mapping.items()} if batch else {}
        return {
            "batch": batch.pk if batch else None,
            "rows": batch.row_count if batch else 0,
            **{action: counts.get(action, 0) for action in RowAction.values},
            "duplicate_candidates": counts.get("duplicate_candidates", 0),
            "encoding": (batch.encoding or batch.sheet) if batch else "",
            "mapping": mapping,
        }

    def _refuse(self, sentence):
        self.refuse(sentence, **self._summary(None))

    def _department(self, code):
        department = Department.objects.filter(code=code).first()
        if department is None:
            self._refuse(f"There is no department {code}.")
        return department

    def _person(self, username):
        if username:
            user = User.objects.filter(username=username, is_active=True).first()
            if user is None:
                self._refuse(f"Nobody active is called {username}.")
            return user
        user = next((user for user in User.objects.filter(is_active=True).order_by("pk") if user.has_perm("crm_core.import_account")), None)
        if user is None:
            self._refuse("Nobody may import accounts; name a person with --as.")
        return user
