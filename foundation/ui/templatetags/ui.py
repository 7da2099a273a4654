"""Template tags of the interface kit."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the kit, hidden from readers."""
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)
