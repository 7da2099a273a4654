"""Words of the plan."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag
def slip(days: int | None) -> SafeString:
    """Days behind or ahead of the plan, in words."""
    if not days:
        return format_html('<span class="text-secondary">{}</span>', _("on plan"))
    if days > 0:
        return format_html('<span class="slip tone-bad">{}</span>', ngettext("%(days)s day later", "%(days)s days later", days) % {"days": days})
    return format_html('<span class="slip tone-good">{}</span>', ngettext("%(days)s day earlier", "%(days)s days earlier", -days) % {"days": -days})


@register.filter
def tone_of(state: str, tones: dict[str, str]) -> str:
    """The tone that goes with a state."""
    return tones.get(str(getattr(state, "value", state)), "neutral")
