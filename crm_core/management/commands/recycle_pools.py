from collections import Counter
from datetime import date

from django.utils import timezone

from crm_core.services.falling import STAY, count_by_owner, dry_run, recycle
from crm_core.services.sharing import warn_of_expiry
from foundation.commands import SummaryCommand
from foundation.integrity import Refused


class Command(SummaryCommand):
    help = "Lets accounts fall into pools by the recycle rules; prints a JSON summary on its last line and exits with 1 when something was refused."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say what would fall")
        parser.add_argument("--on", metavar="DATE", help="the day of the run (2026-11-30), today unless given; a later day only with --dry-run")

    def handle(self, *args, **options):
        now = timezone.now()
        try:
            day = date.fromisoformat(options["on"]) if options["on"] else timezone.localdate(now)
        except ValueError:
            self.refuse(f"{options['on']} is not a date.")
        summary = self._preview(day) if options["dry_run"] else self._run(day, now)
        self.say({"day": day.isoformat(), "dry_run": options["dry_run"], **summary})
        if summary["refuse"]:
            raise SystemExit(1)

    def _preview(self, day):
        falls, _complete = dry_run(day, most=10**9)
        for fall in falls:
            self.stdout.write(f"{fall.outcome}\t{fall.account.pk}\t{fall.account.name}\t{fall.account.owner}\t{fall.rule.pool.name}\t{fall.why}")
        counts = Counter(fall.outcome for fall in falls)
        owners = {owner.username: count for owner, count in count_by_owner(fall for fall in falls if fall.outcome == "fall")}
        return {"fall": counts["fall"], "warn": counts["warn"], "refuse": counts[STAY], "owners": owners}

    def _run(self, day, now):
        try:
            run = recycle(day=day, now=now)
        except Refused as refusal:
            self.refuse(refusal, day=day.isoformat())
        counts = run.counts
        return {"fall": counts["fall"], "warn": counts["warn"], "refuse": counts[STAY], "missed": counts["missed"], "shares": warn_of_expiry(today=day)}
