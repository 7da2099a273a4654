"""How forms are drawn: as Django draws them, but lists of choices in Python, because a template for each choice takes most of a page's time."""

from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"
PLAIN_OPTION = "django/forms/widgets/select_option.html"


def _text(value: Any) -> str:
    return escape(value) if type(value) is str else conditional_escape(localize(value))


def _attributes(attrs: dict[str, Any]) -> str:
    return "".join(f" {name}" if value is True else f' {name}="{conditional_escape(str(value))}"' for name, value in attrs.items() if value is not False)


def _select(widget: dict[str, Any]) -> SafeString:
    """What Django's template for ``Select`` says, but for the spaces between lines."""
    lines = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _place in widget["optgroups"]:
        if group:
            lines.append(f'<optgroup label="{_text(group)}">')
        lines += [f'<option value="{_text(str(option["value"]))}"{_attributes(option["attrs"])}>{_text(option["label"])}</option>' for option in options]
        if group:
            lines.append("</optgroup>")
    lines.append("</select>")
    return mark_safe("\n".join(lines))  # noqa: S308  # nosec B308 B703: every value above is escaped


class FormRenderer(DjangoTemplates):
    """Django's renderer with lists of choices written in Python; a widget with templates of its own keeps them."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            groups = context["widget"]["optgroups"]
            if all(option["template_name"] == PLAIN_OPTION for _group, options, _place in groups for option in options):
                return _select(context["widget"])
        return super().render(template_name, context, request)
