from django.core.management.base import BaseCommand

from foundation.jobs.sweep import run_waiting


class Command(BaseCommand):
    help = "Runs every job that is due in this process, without a worker, and ends."

    def handle(self, *args, **options):
        self.stdout.write(f"{run_waiting()} runs.")
