from django.core.management.base import BaseCommand

from foundation.jobs.schedules import sync_schedules


class Command(BaseCommand):
    help = "Writes the clock's rows from settings.SCHEDULES; repeatable."

    def handle(self, *args, **options):
        self.stdout.write(f"{sync_schedules()} schedules.")
