import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from suite.api import api


class Command(BaseCommand):
    help = "Writes the description of the API to docs/openapi.json, or where --output says."

    def add_arguments(self, parser):
        parser.add_argument("--output", default=str(Path(settings.BASE_DIR) / "docs" / "openapi.json"))

    def handle(self, *args, **options):
        with translation.override("en"):
            text = json.dumps(api.get_openapi_schema(), indent=2, default=str, ensure_ascii=False)
        path = Path(options["output"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
        self.stdout.write(f"{path}")
