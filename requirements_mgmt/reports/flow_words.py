"""Findings of the flow check in plain words, in the reader's language: what is the matter, with which names, and what to do."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from implementation.models.naming import in_language

FEW = 4  # so many names stand in a sentence


def sentence(kind: str, detail: dict[str, Any]) -> str:
    """The sentence of a finding from its kept detail."""
    return SENTENCES[kind](detail)


def named(entry: Sequence[Any]) -> str:
    """The name of a data object, system or interface as ``[key, name, English name]`` in the reader's language."""
    return in_language(entry[1], entry[2])


def few(names: Sequence[str], count: int) -> str:
    """The first names of ``count``, and how many more there are."""
    if count == 1:
        return names[0]
    shown = _(", ").join(names[:FEW])
    more = count - len(names[:FEW])
    return _("%(names)s and %(count)s more") % {"names": shown, "count": more} if more > 0 else shown


def codes_of(detail: dict[str, Any]) -> str:
    return few([entry[1] for entry in detail["requirements"][:FEW]], detail["requirement_count"])


def names_of(detail: dict[str, Any]) -> str:
    quoted = _("“%(name)s”")
    return few([quoted % {"name": named(entry)} for entry in detail["data"][:FEW]], detail["data_count"])


def about(kind: str, detail: dict[str, Any]) -> str:
    """What is at fault: the interface, the data object with several masters, else the requirements."""
    if detail["interface"]:
        return named(detail["interface"])
    if detail["requirements"] and kind != "two_masters":
        return codes_of(detail)
    return few([named(entry) for entry in detail["data"][:FEW]], detail["data_count"])


def _first(detail: dict[str, Any]) -> dict[str, str]:
    entry = detail["requirements"][0]
    return {"requirement": f"{entry[1]} {entry[2]}"}


def _missing_input(detail: dict[str, Any]) -> str:
    return _("%(requirement)s takes in nothing. Say which data it needs, or mark it as origin if the flow begins here.") % _first(detail)


def _missing_output(detail: dict[str, Any]) -> str:
    return _("%(requirement)s hands on nothing. Say which data it produces, or mark it as final if the flow ends here.") % _first(detail)


def _unfed(detail: dict[str, Any]) -> str:
    return ngettext(
        "%(codes)s needs %(name)s, but nobody provides it: no requirement produces it and no outside source is named. "
        "Name the person or system that gives it, or write the requirement that produces it.",
        "%(codes)s need %(name)s, but nobody provides it: no requirement produces it and no outside source is named. "
        "Name the person or system that gives it, or write the requirement that produces it.",
        detail["requirement_count"],
    ) % {"codes": codes_of(detail), "name": names_of(detail)}


def _dead_end(detail: dict[str, Any]) -> str:
    return ngettext(
        "%(codes)s produces %(name)s, but nobody takes it. Name the person or system that uses it, let a requirement take it in, or leave it out.",
        "%(codes)s produce %(name)s, but nobody takes it. Name the person or system that uses it, let a requirement take it in, or leave it out.",
        detail["requirement_count"],
    ) % {"codes": codes_of(detail), "name": names_of(detail)}


def _dead_loop(detail: dict[str, Any]) -> str:
    words = {"codes": codes_of(detail), "names": names_of(detail)}
    if detail["requirement_count"] == 1:
        return (
            _(
                "%(codes)s feeds only itself with %(names)s; nothing from here reaches anybody outside. "
                "Let it hand on a result that somebody outside takes, or name that person or system."
            )
            % words
        )
    return (
        _(
            "%(codes)s feed only one another with %(names)s; nothing from here reaches anybody outside. "
            "Let one of them hand on a result that somebody outside takes, or name that person or system."
        )
        % words
    )


def _island(detail: dict[str, Any]) -> str:
    words = {"codes": codes_of(detail), "names": names_of(detail)}
    if not detail["data_count"]:
        return _("%(codes)s stands alone: it takes in nothing and hands on nothing. Say which data it takes in and hands on.") % words
    return (
        ngettext(
            "%(codes)s stands apart with %(names)s: nothing comes in from outside and nothing goes out. "
            "Join it to the rest by a data object, or name an outside source or consumer.",
            "%(codes)s stand apart with %(names)s: nothing comes in from outside and nothing goes out. "
            "Join them to the rest by a data object, or name an outside source or consumer.",
            detail["requirement_count"],
        )
        % words
    )


def _long_path(detail: dict[str, Any]) -> str:
    words = _first(detail) | {
        "names": names_of(detail),
        "taker": detail["takers"][0][1] if detail["takers"] else _("Whoever takes it outside"),
        "giver": detail["givers"][0][1] if detail["givers"] else _("whoever gives it outside"),
    }
    return (
        _("%(requirement)s only passes on %(names)s. %(taker)s could take it straight from %(giver)s. Take this step out, or name what it adds as an output.")
        % words
    )


def _two_masters(detail: dict[str, Any]) -> str:
    words = {"name": names_of(detail), "systems": _(", ").join(named(entry) for entry in detail["systems"])}
    return _("%(name)s is mastered by more than one system: %(systems)s. Choose the one that keeps it; the others take it from there.") % words


def _orphan_interface(detail: dict[str, Any]) -> str:
    interface = detail["interface"]
    words = {"interface": named(interface), "from": in_language(*interface[3:5]), "to": in_language(*interface[5:7])}
    return _("The reserved interface %(interface)s from %(from)s to %(to)s has no owner. Name who answers for it until it is built.") % words


def _not_alone(detail: dict[str, Any]) -> str:
    words = _first(detail) | {"names": names_of(detail), "system": named(detail["systems"][0])}
    return (
        _(
            "%(requirement)s is needed on day one, but cannot have %(names)s without %(system)s, which is not live. "
            "Give it another source for the first days, bring the system live first, or take the mark away."
        )
        % words
    )


SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing_input": _missing_input,
    "missing_output": _missing_output,
    "unfed": _unfed,
    "dead_end": _dead_end,
    "dead_loop": _dead_loop,
    "island": _island,
    "long_path": _long_path,
    "two_masters": _two_masters,
    "orphan_interface": _orphan_interface,
    "not_alone": _not_alone,
}
