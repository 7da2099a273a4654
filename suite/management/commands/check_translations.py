import contextlib
import io
import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

FOLDERS = (
    "suite",
    "docs_site",
    "crm_core",
    "implementation",
    "requirements_mgmt",
    "training",
    "feedback",
    "foundation",
    "foundation/people",
    "foundation/usage",
    "foundation/notices",
    "foundation/jobs",
    "foundation/search",
    "foundation/ui",
)
LOCALE = "zh_Hans"


def differences(base):
    """Texts that the catalogues under ``base`` translate differently: Django merges them, and everybody would read the words of the first."""
    said = defaultdict(lambda: defaultdict(list))
    for folder in FOLDERS:
        file = Path(base) / folder / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
        if not file.exists():
            continue
        with file.open("rb") as text:
            catalogue = read_po(text, locale=LOCALE)
        for message in catalogue:
            if message.id:
                shown = message.id if isinstance(message.id, str) else message.id[0]
                string = message.string if isinstance(message.string, str) else message.string[0]
                said[message.context, shown][string].append(folder)
    return [
        f"translated differently: {shown!r}{f' ({context})' if context else ''}: "
        + " | ".join(f"{string} ({', '.join(folders)})" for string, folders in strings.items())
        for (context, shown), strings in said.items()
        if len(strings) > 1
    ]


class Command(BaseCommand):
    help = "Fails when a text has no Simplified Chinese, one that is fuzzy or loses a placeholder, or two that differ."

    def handle(self, *args, **options):
        problems = differences(settings.BASE_DIR)
        texts = 0
        for folder in FOLDERS:
            found, count = self.check_folder(folder)
            problems += found
            texts += count
        if problems:
            raise CommandError("\n".join(problems[:200]))
        self.stdout.write(f"{texts} texts, all in Simplified Chinese.")

    def check_folder(self, folder):
        """Extract the folder's texts anew beside a copy of its translations, and read what is missing."""
        source = Path(settings.BASE_DIR) / folder
        with tempfile.TemporaryDirectory() as temporary:
            copy = Path(temporary) / source.name
            shutil.copytree(source, copy, ignore=self.ignore_for(folder))
            (copy / "locale").mkdir(exist_ok=True)
            before = Path.cwd()
            os.chdir(copy)
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    call_command(
                        "makemessages", locale=[LOCALE], no_location=True, no_obsolete=True, extensions=["html", "py", "txt"], verbosity=0, stdout=io.StringIO()
                    )
            finally:
                os.chdir(before)
            catalogue_file = copy / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
            if not catalogue_file.exists():
                return [], 0
            with catalogue_file.open("rb") as text:
                catalogue = read_po(text, locale=LOCALE)
        problems = []
        count = 0
        for message in catalogue:
            if not message.id:
                continue
            count += 1
            shown = message.id if isinstance(message.id, str) else message.id[0]
            strings = [message.string] if isinstance(message.string, str) else list(message.string)
            if message.fuzzy:
                problems.append(f"{folder}: fuzzy: {shown!r}")
            elif not all(strings):
                problems.append(f"{folder}: missing: {shown!r}")
            elif list(message.check()):
                problems.append(f"{folder}: placeholders differ: {shown!r}")
        return problems, count

    def ignore_for(self, folder):
        """The pure modules of foundation are one folder, its apps are others."""
        inner = {Path(other).name for other in FOLDERS if other.startswith("foundation/")} if folder == "foundation" else set()

        def ignore(directory, names):
            at_top = Path(directory) == Path(settings.BASE_DIR) / folder
            return [name for name in names if name in {"__pycache__", "migrations", "node_modules"} or name.endswith(".mo") or (at_top and name in inner)]

        return ignore
