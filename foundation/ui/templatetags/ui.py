"""Template tags of the interface kit; all are built in, no template loads them."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import Context
from django.template.base import render_value_in_context
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation.text import HAN, written
from foundation.ui import dates
from foundation.ui.fields import show

register = template.Library()

TONES = {"good", "watch", "bad", "info", "neutral"}
TONE_ICONS = {"good": "circle-check", "watch": "alert-triangle", "bad": "alert-circle", "info": "info-circle", "neutral": "circle"}


def _tone(tone: Any) -> str:
    return tone if tone in TONES else "neutral"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the kit, hidden from screen readers unless it has a label of its own."""
    if label:
        return format_html('<i class="ti ti-{}" role="img" aria-label="{}"></i>', name, label)
    return _quiet_icon(f"{name}")


@lru_cache(maxsize=500)
def _quiet_icon(name: str) -> SafeString:
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def badge(text: Any, tone: str = "neutral", icon: str = "") -> SafeString:  # noqa: A002
    """A word with the colour of its meaning; a dot stands before it so that colour is never alone."""
    mark = f'<i class="ti ti-{escape(str(icon))}" aria-hidden="true"></i>' if icon else '<span class="badge-dot" aria-hidden="true"></span>'
    return mark_safe(f'<span class="badge badge-tone tone-{_tone(tone)}">{mark}{conditional_escape(text)}</span>')  # nosec B308 B703: every value is escaped


@register.simple_tag
def tone_icon(tone: str) -> SafeString:
    """The icon that goes with one of the four meanings."""
    return icon(TONE_ICONS[_tone(tone)])


@register.simple_tag(takes_context=True)
def block_again(context: Context, name: str) -> SafeString:
    """Render a block a second time: the title stands in the head and as the heading."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return mark_safe(block.render(context).strip()) if block else SafeString("")  # nosec B308 B703: made by the template engine, which escapes


@register.simple_tag
def still(name: str) -> SafeString:
    """A piece of every page that says the same to everybody, drawn once in each language; its template gets no context."""
    return _still(name, get_language() or "")


@lru_cache(maxsize=50)
def _still(name: str, _language: str) -> SafeString:
    return render_to_string(name)


# --- lists -----------------------------------------------------------------------------------------


def _cell(cell: Any, context: Context) -> str:
    """What stands in a cell; the kinds are those of foundation.ui.lists.Column."""
    value = cell.value
    if cell.empty:
        return '<span class="cell-none">—</span>'
    if cell.kind == "action":
        return format_html('<button type="submit" class="btn btn-sm btn-default" formaction="{}">{}</button>', cell.url, value)
    if cell.kind == "badge":
        return badge(value, cell.tone)
    if cell.kind == "person":
        return person(value)
    if cell.kind == "money":
        return money(value, cell.currency)
    if cell.kind in {"date", "datetime"}:
        return when(value) if not cell.tone else f'<span class="tone-text tone-{written(cell.tone)}">{when(value)}</span>'
    shown = written(value) if type(value) is str else render_value_in_context(value, context)
    if cell.url:
        return f'<a class="cell-link" href="{written(cell.url)}">{shown}</a>'
    return f'<span class="tone-text tone-{written(cell.tone)}">{shown}</span>' if cell.tone else shown


@register.simple_tag(takes_context=True)
def list_rows(context: Context, table: Any) -> SafeString:
    """The rows of a list. In Python, because a template for each of some hundred cells takes most of the time of a page."""
    heads = [f'<td class="{written(column_css)}" data-label="{written(label)}">' for column_css, label in table.cell_heads]
    lines = []
    for row in table.rows:
        url = f' data-row data-url="{written(row.url)}"' if row.url else ""
        aside = f' data-drawer="{written(row.drawer)}"' if row.url and row.drawer else ""
        key = written(str(row.pk))
        lines.append(f'<tr{url}{aside} data-pk="{key}">')
        if table.bulk:
            lines.append(
                f'<td class="cell-tick"><input class="form-check-input" type="checkbox" name="pk" value="{key}" data-tick aria-label="{written(row.label)}"></td>'
            )
        lines += [f"{head}{_cell(cell, context)}</td>" for head, cell in zip(heads, row.cells, strict=True)]
        lines.append("</tr>")
    return mark_safe("".join(lines))  # nosec B308 B703: every value above is escaped


@register.simple_tag
def list_heads(table: Any) -> SafeString:
    """The heads of a list's columns; those by which it can be sorted are links."""
    lines = []
    for head in table.heads:
        label, state = written(str(head.label)), f' aria-sort="{head.sorted}"' if head.sorted else ""
        if head.url:
            arrow = _quiet_icon("arrow-up" if head.sorted == "ascending" else "arrow-down") if head.sorted else ""
            url = written(head.url)
            label = f'<a href="{url}" hx-get="{url}" hx-target="#list" hx-swap="outerHTML" hx-push-url="true">{label}{arrow}</a>'
        lines.append(f'<th scope="col" class="{written(head.css)}"{state}>{label}</th>')
    return mark_safe("\n".join(lines))  # nosec B308 B703: every value above is escaped


@register.simple_tag
def filter_chips(chips: Any) -> SafeString:
    """The filters of a list, each with its control, which the form has drawn already."""
    lines = []
    for chip in chips:
        label, state = written(str(chip.label)), f"{' is-set' if chip.is_set else ''}"
        if chip.kind == "hidden":
            lines.append(chip.control)
        elif chip.kind == "group":
            told = f'<span class="chip-value">{written(chip.text)}</span>' if chip.is_set else ""
            head = f'<summary><span class="chip-label">{label}</span>{told}{_quiet_icon("chevron-down")}</summary>'
            lines.append(f'<details class="chip{state}">{head}<div class="chip-panel" role="group" aria-label="{label}">{chip.control}</div></details>')
        else:
            bad = " is-bad" if chip.errors else ""
            lines.append(f'<label class="chip{state}{bad}"><span class="chip-label">{label}</span>{chip.control}</label>')
            if chip.errors:
                lines.append(f'<span class="field-error">{_quiet_icon("alert-circle")}{written(" ".join(chip.errors))}</span>')
    return mark_safe("\n".join(lines))  # nosec B308 B703: every value above is escaped, controls by the form that drew them


@register.simple_tag
def column_checks(table: Any) -> SafeString:
    """A tick for each column that a list can show."""
    lines = []
    for choice in table.column_choices:
        state = f"{' checked' if choice['on'] else ''}{' disabled' if choice['fixed'] else ''}"
        box = f'<input class="form-check-input" type="checkbox" name="columns" value="{written(choice["key"])}"{state}>'
        lines.append(f'<label class="menu-check">{box}<span>{written(str(choice["label"]))}</span></label>')
    return mark_safe("\n".join(lines))  # nosec B308 B703: every value above is escaped


# --- forms -----------------------------------------------------------------------------------------


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """One field: label, control, help, errors in words."""
    return {"shown": show(bound), "field": bound}


@register.inclusion_tag("ui/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """All fields of a form, with the count of errors at the top."""
    return {"form": form}


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """How many things need attention, each with a link to its field."""
    return {"form": form, "fields": [bound for bound in form if bound.errors], "count": sum(len(errors) for errors in form.errors.values())}


# --- pieces ----------------------------------------------------------------------------------------


@register.inclusion_tag("ui/empty_state.html")
def empty_state(icon: str = "inbox", title: Any = "", text: Any = "", url: str = "", label: Any = "") -> dict[str, Any]:  # noqa: A002
    """What to do where there is nothing yet."""
    return {"icon": icon, "title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("ui/job_progress.html")
def job_progress(job: Any) -> dict[str, Any]:
    """A background job's bar, polled until it ends."""
    return {"job": job}


@register.inclusion_tag("ui/stat.html")
def stat(label: Any, value: Any, url: str = "", tone: str = "", help: Any = "", unit: Any = "") -> dict[str, Any]:  # noqa: A002
    """One number with its name, opening its rows."""
    return {"label": label, "value": value, "url": url, "tone": tone if tone in TONES else "", "help": help, "unit": unit}


@register.inclusion_tag("ui/confirm_post.html", takes_context=True)
def confirm_post(context: Context, url: str, label: Any, question: Any = "", tone: str = "neutral", icon: str = "", **fields: Any) -> dict[str, Any]:  # noqa: A002
    """A button that posts, after a question where one is given; further keywords become hidden fields."""
    style = {"bad": "btn-outline-danger", "good": "btn-primary", "primary": "btn-primary", "info": "btn-primary", "ghost": "btn-ghost"}.get(tone, "btn-default")
    return {
        "url": url,
        "label": label,
        "question": question,
        "tone": tone,
        "style": style,
        "icon": icon,
        "fields": fields,
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("ui/chart.html")
def chart(url: str, title: Any, height: int = 260) -> dict[str, Any]:
    """A chart drawn from JSON, with its table and its download."""
    return {"url": url, "title": title, "height": height}


@register.simple_tag
def person(user: Any, size: str = "") -> SafeString:
    """A person's name with initials before it; a dash where there is nobody."""
    if not user:
        return format_html('<span class="text-secondary">{}</span>', "—")
    return _named(f"{user}", (getattr(user, "pk", 0) or 0) % 6, size)


@lru_cache(maxsize=2000)
def _named(name: str, hue: int, size: str) -> SafeString:
    hanzi = HAN.findall(name)
    short = hanzi[-1] if hanzi else "".join(word[0] for word in name.split()[:2]).upper()
    return format_html(
        '<span class="person{}"><span class="person-mark hue-{}" aria-hidden="true">{}</span><span class="person-name">{}</span></span>',
        " person-only" if size == "mark" else "",
        hue,
        short,
        name,
    )


@register.simple_tag
def when(value: date | None, empty: str = "—") -> SafeString:
    """A day or a moment as people say it, the exact time on hover."""
    if not value:
        return format_html('<span class="text-secondary">{}</span>', empty)
    said = f'<time datetime="{value.isoformat()}" title="{dates.exact(value)}">{escape(dates.say(value))}</time>'
    return mark_safe(said)  # nosec B308 B703: figures, and words that are escaped


@register.simple_tag
def money(amount: Decimal | float | None, currency: str = "CNY") -> SafeString:
    """An amount of money in tabular figures; a dash where there is none."""
    if amount is None or amount == "":
        return format_html('<span class="text-secondary">{}</span>', "—")
    return format_html('<span class="num">{}</span>', dates.say_money(amount, currency))


@register.simple_tag
def timeline_items(items: Any) -> SafeString:
    """The things of a timeline; written in Python, because in a template fifty of them take an eighth of the time of a record's page."""
    return mark_safe("".join(_timeline_item(item) for item in items))  # noqa: S308  # nosec B308 B703: every value is escaped below


def _timeline_item(item: dict[str, Any]) -> str:
    tone, url, title = item.get("tone") or "", item.get("url") or "", conditional_escape(item["title"])
    who = f'<span class="timeline-who">{conditional_escape(item["who"])}</span> ' if item.get("who") else ""
    line = f'<a href="{escape(url)}">{title}</a>' if url else f"<span>{title}</span>"
    mark = f" {badge(item['badge'], tone)}" if item.get("badge") else ""
    text = f'<div class="timeline-text">{linebreaksbr(item["body"])}</div>' if item.get("body") else ""
    return (
        f'<li class="timeline-item{f" tone-{escape(tone)}" if tone else ""}"><span class="timeline-mark">{icon(item.get("icon") or "point")}</span>'
        f'<div class="timeline-body"><p class="timeline-line">{who}{line}{mark} <span class="timeline-when">{when(item["at"])}</span></p>{text}</div></li>\n'
    )


@register.simple_tag
def crumbs(*parts: Any) -> SafeString:
    """Breadcrumbs: label and address in turn, the last label may stand alone; pairs as tuples do as well."""
    flat: list[Any] = []
    for part in parts:
        flat.extend(part if isinstance(part, (tuple, list)) else [part])
    pairs = [(flat[at], flat[at + 1] if at + 1 < len(flat) else "") for at in range(0, len(flat), 2)]
    return format_html_join(
        "",
        '<li class="crumb">{}</li>',
        ((format_html('<a href="{}">{}</a>', url, label) if url else format_html('<span aria-current="page">{}</span>', label),) for label, url in pairs),
    )


@register.simple_tag(takes_context=True)
def query_set(context: Context, **changes: Any) -> str:
    """The address's query string with changes; an empty value takes the key away."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}"


@register.filter
def listed(values: Any) -> str:
    """Names in a row with the word for "and" before the last."""
    return get_text_list([str(value) for value in values], _("and"))


@register.filter
def marked(text: Any, words: Any) -> str:
    """The text with every occurrence of the words in ``<mark>``; whatever it holds stays text."""
    found = tuple(word for word in words or [] if word)
    if not found:
        return conditional_escape(text)
    parts = _any_of(found).split(str(text))
    return mark_safe("".join(f"<mark>{escape(part)}</mark>" if place % 2 else escape(part) for place, part in enumerate(parts)))  # nosec B308 B703: every part is escaped


@register.simple_tag
def hit_rows(hits: Iterable[Any], words: Sequence[str]) -> SafeString:
    """What a search has found, a line each, the words marked; written here because a template for each of fifty takes longer than finding them."""
    return mark_safe("".join(_hit_row(hit, words) for hit in hits))  # nosec B308 B703: every value is escaped


def _hit_row(hit: Any, words: Sequence[str]) -> str:
    code = f' <span class="text-secondary">{marked(hit.code, words)}</span>' if hit.code else ""
    subtitle = f' <span class="text-secondary">· {marked(hit.subtitle, words)}</span>' if hit.subtitle else ""
    main = f'{_quiet_icon(str(hit.icon or "file"))}<span class="row-main">{marked(hit.title, words)}{code}{subtitle}</span>'
    return f'<li><a href="{escape(hit.url)}">{main}<span class="row-side">{escape(str(hit.label))}</span></a></li>'


@lru_cache(maxsize=200)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("(" + "|".join(re.escape(word) for word in words) + ")", flags=re.IGNORECASE)
