from django.utils import timezone

from crm_core.models import ImportBatch
from crm_core.services.importing import finish_undo, start_undo, undo_chunk
from foundation.commands import SummaryCommand
from foundation.integrity import Refused


class Command(SummaryCommand):
    help = "Undoes a whole import; prints a JSON summary on its last line and exits with 1 when rows stayed because somebody touched them."

    def add_arguments(self, parser):
        parser.add_argument("batch", type=int)

    def handle(self, *args, **options):
        batch = ImportBatch.objects.select_related("created_by").filter(pk=options["batch"]).first()
        if batch is None:
            self.refuse(f"There is no import {options['batch']}.", batch=options["batch"])
        by, now = batch.created_by, timezone.now()
        try:
            start_undo(batch=batch, by=by, now=now)
        except Refused as refusal:
            self.refuse(refusal, batch=batch.pk)
        while undo_chunk(batch=batch, by=by, now=now):
            pass
        result = finish_undo(batch=batch, by=by, now=timezone.now())
        notes = list(batch.rows.filter(applied=True, undone=False).values_list("row_no", "note"))
        self.say({"batch": batch.pk, **result, "reasons": dict(notes)})
        if result["kept"]:
            raise SystemExit(1)
