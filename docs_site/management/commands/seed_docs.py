from django.core.management.base import BaseCommand

from docs_site.services.seeding import seed_docs


class Command(BaseCommand):
    help = "Writes the first pages of the user guide in both languages; pages that exist stay as they are."

    def handle(self, *args, **options):
        count = seed_docs()
        self.stdout.write(f"{count} pages written." if count else "The guide is complete, nothing was written.")
