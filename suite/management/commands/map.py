from django.apps import apps
from django.core.management.base import BaseCommand

FLOORS = ("suite", "feedback", "training", "requirements_mgmt", "implementation", "crm_core", "docs_site", "foundation")


class Command(BaseCommand):
    help = "Prints each app, from the roof to the ground, with its purpose in one sentence and its models."

    def handle(self, *args, **options):
        for floor in FLOORS:
            for config in sorted((c for c in apps.get_app_configs() if c.name.split(".")[0] == floor), key=lambda c: c.name):
                purpose = (config.module.__doc__ or "").strip().splitlines()[0]
                self.stdout.write(self.style.SUCCESS(config.name) + f"  {purpose}")
                for model in config.get_models():
                    if model.__name__.startswith("Historical"):
                        continue
                    meaning = (model.__doc__ or "").strip().splitlines()[0]
                    self.stdout.write(f"    {model.__name__:<24} {'' if meaning.startswith(model.__name__ + '(') else meaning}")
