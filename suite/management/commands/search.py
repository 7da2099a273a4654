from typing import Any

from django.core.management.base import CommandParser
from django.utils import translation

from foundation.commands import SummaryCommand
from foundation.people.models import User
from foundation.search.services import Hit, find, sources


class Command(SummaryCommand):
    help = "Searches as a person would, with that person's rights; prints a JSON summary on its last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--as", dest="username", required=True, help="whose rights count")
        parser.add_argument("--kind", action="append", help="only this kind, such as crm_core.account; may be repeated")
        parser.add_argument("--limit", type=int, default=1000)

    def handle(self, *args: Any, text: str, username: str, kind: list[str] | None = None, limit: int = 1000, **options: Any) -> None:
        person = User.objects.filter(username=username, is_active=True).first()
        if person is None:
            self.refuse(f"There is no active person {username}.", text=text, count=0)
        known = sources()
        if unknown := [name for name in kind or [] if name.lower() not in known]:
            self.refuse(f"{unknown[0]} is not searched. Known: {', '.join(sorted(known))}.", text=text, count=0)
        with translation.override(person.language):
            found = find(text.replace("\x00", ""), by=person, kinds=kind, limit=max(1, min(limit, 100_000)), guess=True)
            summary = {
                "text": text,
                "as": username,
                "count": len(found.rows),
                "more_than": sum(found.counts.values()) if found.is_capped else None,
                "counts": found.counts,
                "rows": [_plain(hit) for hit in found.rows],
                "did_you_mean": found.did_you_mean,
                "similar": [_plain(hit) for hit in found.similar],
            }
        self.say(summary)


def _plain(hit: Hit) -> dict[str, Any]:
    return {"kind": hit.kind, "id": hit.object_id, "title": hit.title, "code": hit.code, "url": hit.url}
