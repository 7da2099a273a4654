import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone, translation

from docs_site.services.seeding import seed_docs
from foundation.jobs.models import Job
from foundation.notices.models import MailState, Notice
from foundation.people.models import User
from foundation.usage.services import roll_up_day
from suite.demo import SEED
from suite.demo.customers import build_customers
from suite.demo.desk import build_desk
from suite.demo.pools import build_pools
from suite.demo.rollout import build_rollout
from suite.demo.use import build_use
from suite.demo.voices import build_feedback, build_iteration, build_training
from suite.demo.world import build_world


class Command(BaseCommand):
    help = "Loads the demo rollout once: a group with three business units, 2,000 accounts and 90 days of use. Never in production."

    def add_arguments(self, parser):
        parser.add_argument("--accounts", type=int, default=2000)
        parser.add_argument("--opportunities", type=int, default=600)
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args, **options):
        if settings.PRODUCTION:
            raise CommandError("Demo people and demo data are not for production.")
        if User.objects.filter(is_demo=True).exists():
            self.stdout.write("The demo rollout is already loaded.")
            return
        started = time.monotonic()
        settings.JOB_DELIVERY = "none"  # the stories of the past send nothing
        with transaction.atomic():
            self.load(options)
        self.reset_sequences()
        self.stdout.write(f"The demo rollout is loaded ({time.monotonic() - started:.0f} s).")

    def step(self, words: str, work: Callable[[], Any]) -> Any:
        """One part of the story, with its progress in words."""
        began = time.monotonic()
        self.stdout.write(f"  {words} …", ending="")
        self.stdout.flush()
        found = work()
        self.stdout.write(f" {time.monotonic() - began:.1f} s")
        return found

    def load(self, options: dict[str, Any]) -> None:
        random, now = Random(SEED), timezone.now()  # noqa: S311  # nosec B311
        today = timezone.localdate()
        world = self.step("people and departments", lambda: build_world(random=random, since=today - timedelta(days=400)))
        base = self.step(
            f"{options['accounts']} accounts and {options['opportunities']} opportunities",
            lambda: build_customers(world=world, random=random, now=now, accounts=options["accounts"], opportunities=options["opportunities"]),
        )
        self.step(
            f"{options['days']} days of use", lambda: build_use(world=world, base=base, random=random, today=today, build=settings.BUILD, days=options["days"])
        )
        with translation.override("zh-hans"):  # reasons are kept in the words of whoever was at work
            self.step("pools, shared and disputed customers", lambda: build_pools(world=world, now=now))
            self.step("own fields, groups, imports and duplicates", lambda: build_desk(world=world, now=now))
        self.step("daily figures", lambda: [roll_up_day(today - timedelta(days=back)) for back in range(options["days"], 0, -1)])
        self.step("the rollout, its documents and gates", lambda: build_rollout(world=world, random=random, today=today, now=now))
        self.step("manuals and training", lambda: build_training(world=world, random=random, today=today))
        self.step("reports of people", lambda: build_feedback(world=world, random=random, today=today))
        self.step("adoption and backlog", lambda: build_iteration(world=world, today=today, days=min(60, options["days"])))
        self.step("documentation site", seed_docs)
        # What was told in the story was told long ago.
        Notice.objects.filter(created_at__lt=now - timedelta(days=3)).update(read_at=now)
        Notice.objects.update(mail_state=MailState.NONE)
        Job.objects.open().filter(task="foundation.notices.tasks.send_mail").delete()

    def reset_sequences(self) -> None:
        """PostgreSQL: numbers given in bulk leave the sequences behind."""
        from django.apps import apps  # noqa: PLC0415

        statements = connection.ops.sequence_reset_sql(no_style(), apps.get_models())
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
