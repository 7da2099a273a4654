import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from implementation.models import Rollout
from requirements_mgmt.services import lint


class Command(BaseCommand):
    help = "Check the flow of data through the requirements of a rollout; the last line is JSON. Findings are no failure: the exit status is 0."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rollout", help="Code of the rollout.")
        parser.add_argument("--json", action="store_true", help="Only the JSON line, with every finding.")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en", help="Language of the messages.")

    def handle(self, *args: Any, **options: Any) -> None:
        rollout = Rollout.objects.filter(code=options["rollout"]).first()
        if rollout is None:
            raise CommandError(f"There is no rollout {options['rollout']}.")
        with override(options["language"]):
            found = lint(rollout)
            if options["json"]:
                content: dict[str, Any] = {"requirements": found.requirements, "findings": [finding.as_dict() for finding in found]}
            else:
                for finding in found:
                    self.stdout.write(f"{finding.kind}: {finding.message}")
                content = {"requirements": found.requirements, "findings": len(found), "kinds": dict(Counter(finding.kind for finding in found))}
        self.stdout.write(json.dumps(content, ensure_ascii=False))
