"""What nobody needs any more goes at night: keys of repeated API calls, and files that were sent but never read."""

from datetime import datetime, timedelta

from crm_core.models import ApiReplay, BatchState, ImportBatch
from crm_core.services.importing import drop_batch
from foundation.jobs.models import OPEN_STATES

REPLAYS_KEPT = timedelta(days=7)
UNREAD_KEPT = timedelta(days=1)
PART = 1_000


def tidy(*, now: datetime) -> dict[str, int]:
    """Forget idempotency keys of more than 7 days, and uploads of more than a day that a kill left unread; gives how many of each."""
    return {"replays": _forget_replays(now - REPLAYS_KEPT), "unread": _drop_unread(now - UNREAD_KEPT)}


def _forget_replays(before: datetime) -> int:
    done = 0
    while keys := list(ApiReplay.objects.filter(created_at__lt=before).order_by("pk").values_list("pk", flat=True)[:PART]):
        done += ApiReplay.objects.filter(pk__in=keys).delete()[0]
    return done


def _drop_unread(before: datetime) -> int:
    """Only those that no job is still to read."""
    left = ImportBatch.objects.filter(state=BatchState.READING, created_at__lt=before).exclude(job__state__in=OPEN_STATES)
    batches = list(left)
    for batch in batches:
        drop_batch(batch)
    return len(batches)
