from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.search.services import reindex, sources


class Command(BaseCommand):
    help = "Rebuild the search index from the rows, in batches; harmless while people work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--model", help="only this model, such as crm_core.account")
        parser.add_argument("--batch", type=int, default=500)

    def handle(self, *args: Any, model: str | None = None, batch: int = 500, **options: Any) -> None:
        known = sources()
        if model and model.lower() not in known:
            raise CommandError(f"{model} is not searched. Known: {', '.join(sorted(known)) or 'none'}.")
        for kind, source in known.items():
            if not model or kind == model.lower():
                self.stdout.write(f"{kind}: {reindex(source, batch=batch)}")
