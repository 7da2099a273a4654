import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compiles the translations whose text is newer than its compiled form; needs no gettext."

    def handle(self, *args, **options):
        done = 0
        base = Path(settings.BASE_DIR)
        for source in [
            path
            for top in ("suite", "foundation", "docs_site", "crm_core", "implementation", "requirements_mgmt", "training", "feedback")
            for path in (base / top).rglob("django.po")
        ]:
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as text:
                catalogue = read_po(text, locale=source.parts[-3])
            partial = target.with_suffix(f".{os.getpid()}.part")  # several processes may compile at once
            with partial.open("wb") as out:
                write_mo(out, catalogue)
            partial.replace(target)
            done += 1
        self.stdout.write(f"{done} translation files compiled.")
