"""Runs alone in a limited child process: HTML and its fixed resources on standard input, the PDF on standard output.

Input is one JSON object: {"html": text, "assets": {name: base64}, "identifier": text}. Only ``asset:name`` addresses exist.
"""

import base64
import json
import mimetypes
import sys


def main() -> None:
    from weasyprint import HTML  # noqa: PLC0415  (inside the limits)
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415

    work = json.load(sys.stdin.buffer)
    assets = {f"asset:{name}": (base64.b64decode(data), mimetypes.guess_type(name)[0] or "application/octet-stream") for name, data in work["assets"].items()}

    class OnlyAssets(URLFetcher):
        """Knows the given resources and no network, file or data address."""

        def __init__(self) -> None:
            super().__init__(timeout=1, allowed_protocols=(), allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if url not in assets:
                raise FatalURLFetchingError(f"not allowed: {url[:200]}")
            data, kind = assets[url]
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    document = HTML(string=work["html"], base_url=None, url_fetcher=OnlyAssets())
    pdf = document.write_pdf(font_config=FontConfiguration(), pdf_identifier=work["identifier"].encode(), pdf_tags=True, custom_metadata=False)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
