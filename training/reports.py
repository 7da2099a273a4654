"""Role manuals: their content, and their PDF, kept while nothing in it changes."""

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from foundation.integrity import sha256_of
from foundation.pdf import render_pdf
from foundation.people.access import Role
from foundation.reading import Asking
from training.models import Procedure, ProcedureStep, TrainingAssignment


def manual_of(role_key: str, *, permissions: frozenset[str]) -> list[dict[str, Any]]:
    """A role's manual: each published procedure with only the steps that these permissions allow, one query for all steps."""
    procedures = list(Procedure.objects.for_roles(frozenset({role_key})).select_related("requirement").order_by("code"))
    steps: dict[int, list[ProcedureStep]] = {procedure.pk: [] for procedure in procedures}
    for step in ProcedureStep.objects.filter(procedure__in=procedures).select_related("screen", "expected_feature").order_by("procedure_id", "order"):
        if not step.permission or step.permission in permissions:
            steps[step.procedure_id].append(step)
    return [{"procedure": procedure, "steps": steps[procedure.pk]} for procedure in procedures if steps[procedure.pk]]


def manual_context(role: Role, *, permissions: frozenset[str]) -> dict[str, Any]:
    """What page and PDF of a manual show, in the language in force."""
    chapters = [
        {
            "procedure": entry["procedure"],
            "summary": entry["procedure"].in_language("summary"),
            "before": entry["procedure"].in_language("before"),
            "after": entry["procedure"].in_language("after"),
            "steps": entry["steps"],
        }
        for entry in manual_of(role.key, permissions=permissions)
    ]
    return {"role": role, "chapters": chapters}


def manual_bytes(role: Role, *, permissions: frozenset[str], language: str) -> bytes:
    """The manual as PDF; drawn anew only when its content differs from the kept one."""
    with translation.override(language):
        context = manual_context(role, permissions=permissions)
        content = [
            str(role.name),
            language,
            [
                [
                    chapter["procedure"].code,
                    str(chapter["procedure"]),
                    chapter["summary"],
                    chapter["before"],
                    chapter["after"],
                    [[step.words, str(step.screen or "")] for step in chapter["steps"]],
                ]
                for chapter in context["chapters"]
            ],
        ]
    name = f"manuals/{role.key}-{language}-{sha256_of(content)[:32]}.pdf"
    if default_storage.exists(name):
        with default_storage.open(name) as kept:
            return bytes(kept.read())
    pdf = render_pdf("training/pdf/manual.html", context, language=language)
    default_storage.save(name, ContentFile(pdf))
    return pdf


def waiting_items(user: Any) -> Asking[list[dict[str, Any]]]:
    """What this person is asked to learn and has not done yet."""
    rows = TrainingAssignment.objects.filter(user=user).open().select_related("procedure").order_by("due_on")[:20]
    yield [rows]
    return [
        {
            "title": _("Learn “%(title)s”") % {"title": row.procedure},
            "url": reverse("training:procedure_detail", args=[row.procedure_id]),
            "due": row.due_on,
            "kind": _("Training"),
            "tone": "",
        }
        for row in rows
    ]
