import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from docs_site.services import verify_pdf


class Command(BaseCommand):
    help = "Says which document version a PDF is: exit code 0 untouched, 1 ours but altered, 2 not ours."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE.pdf")
        parser.add_argument("--json", action="store_true", help="machine-readable answer")

    def handle(self, *args, **options):
        path = Path(options["file"])
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=3) from error
        verdict = verify_pdf(data=data)
        self.stdout.write(json.dumps(verdict.as_dict(), ensure_ascii=False, indent=2) if options["json"] else self.sentence(verdict))
        if verdict.exit_code:
            raise SystemExit(verdict.exit_code)

    def sentence(self, verdict):
        if not verdict.version:
            return f"Not ours: no signed version has this file.\nSHA-256 {verdict.sha256}"
        content = verdict.version.content
        name = f"{content['code']} {content['title']}, version {verdict.version.number}"
        if verdict.exit_code:
            what = {
                "file": "the file is not the one that was kept",
                "content": "the stored text is not the signed one",
                "signatures": "a signature is for another text",
            }
            return f"Altered: it names {name}, but {what[verdict.reason]}.\nSHA-256 {verdict.sha256}\nkept    {verdict.version.pdf_sha256 or 'none'}"
        lines = [
            f"Untouched: {name}, signed {verdict.version.signed_at:%Y-%m-%d %H:%M} UTC.",
            f"SHA-256 {verdict.sha256}",
            f"content {verdict.version.content_sha256}",
        ]
        lines += [f"  {row.signer_name}: {row.get_meaning_display()}, {row.signed_at:%Y-%m-%d %H:%M} UTC" for row in verdict.version.signatures.all()]
        return "\n".join(lines)
