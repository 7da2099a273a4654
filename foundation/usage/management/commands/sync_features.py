from django.core.management.base import BaseCommand

from foundation.usage.services import sync_features


class Command(BaseCommand):
    help = "Writes the catalogue of features from the lists that settings.FEATURES names; repeatable."

    def handle(self, *args, **options):
        found = sync_features()
        self.stdout.write(f"{found.total} features: {found.added} new, {found.changed} changed, {found.retired} retired.")
