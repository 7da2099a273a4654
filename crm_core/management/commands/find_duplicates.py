import resource
import sys
import time

from django.utils import timezone, translation

from crm_core.models import DuplicatePair, RunKind, Subject
from crm_core.services.duplicates.facts import kind_of
from crm_core.services.duplicates.finding import search, start_search
from crm_core.services.duplicates.scoring import label_of
from foundation.commands import SummaryCommand
from foundation.integrity import Refused
from foundation.people.models import User


class Command(SummaryCommand):
    help = "Searches the whole base for duplicates; prints a JSON summary on its last line and exits with 1 when it was refused."

    def add_arguments(self, parser):
        parser.add_argument("--model", choices=Subject.values, default=Subject.ACCOUNT, dest="subject")
        parser.add_argument("--limit", type=int, default=0, metavar="N", help="print the N likeliest pairs before the summary")
        parser.add_argument("--changed", action="store_true", help="only rows that changed since the last search")
        parser.add_argument("--as", dest="username", help="in whose name; nobody's unless given")

    def handle(self, *args, **options):
        translation.activate("en")
        began, subject = time.monotonic(), options["subject"]
        by = self._person(options["username"])
        try:
            run = start_search(subject=subject, by=by, now=timezone.now(), kind=RunKind.CHANGED if options["changed"] else RunKind.FULL)
            run = search(run=run, progress=self._tell if options["verbosity"] > 1 else None)
        except Refused as refusal:
            self.refuse(refusal, model=subject, pairs=0)
        self._list(subject, options["limit"])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
        counts = {name: run.counts.get(name, 0) for name in ("pairs", "groups", "certain", "probable")}
        seconds = round(time.monotonic() - began, 1)
        self.say({"model": subject, "run": run.pk, **counts, "seconds": seconds, "peak_memory_mb": round(peak)})

    def _tell(self, done, total):
        self.stdout.write(f"{done:,} of {total:,}")

    def _list(self, subject, limit):
        if limit < 1:
            return
        pairs = list(DuplicatePair.objects.filter(subject=subject).undecided().order_by("-score", "pk")[:limit])
        names = dict(kind_of(subject).model.objects.filter(pk__in={pk for pair in pairs for pk in (pair.left_id, pair.right_id)}).values_list("pk", "name"))
        for pair in pairs:
            why = ", ".join(label_of(subject, key) for key, _strength in pair.reasons)
            self.stdout.write(f"{pair.score:3}  {pair.left_id} {names.get(pair.left_id, '-')}  =  {pair.right_id} {names.get(pair.right_id, '-')}  ({why})")

    def _person(self, username):
        if not username:
            return None
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None or not user.has_perm("crm_core.find_duplicate"):
            self.refuse(f"{username} may not search for duplicates.")
        return user
