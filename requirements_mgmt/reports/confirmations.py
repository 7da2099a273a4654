"""What people said about one requirement: open asks and standing answers, the urgent ones first."""

from typing import Any

from requirements_mgmt.models import Confirmation, Requirement, Verdict

TONES = {"asked": "info", "confirm": "good", "outdated": "watch", "object": "bad", "ask": "watch"}
ORDER = {"object": 0, "ask": 1, "outdated": 2, "asked": 3, "confirm": 4}


def confirmations_of(requirement: Requirement) -> list[Any]:
    """Rows with ``kind``, ``word`` and ``tone``; a confirmation of an older text is shown as outdated."""
    rows = (
        Confirmation.objects.filter(requirement=requirement)
        .exclude(verdict=Verdict.WITHDRAWN)
        .select_related("person", "answered_by", "asked_by", "replied_by")
    )
    shown = []
    for row in rows:
        if not row.is_latest and row.verdict != Verdict.ASKED:
            continue
        row.requirement = requirement
        row.kind = "outdated" if row.is_outdated else row.verdict  # type: ignore[attr-defined]
        row.word = row.get_verdict_display()  # type: ignore[attr-defined]
        row.tone = TONES[row.kind]  # type: ignore[attr-defined]
        shown.append(row)
    return sorted(shown, key=lambda row: (ORDER[row.kind], row.person.name_key))
