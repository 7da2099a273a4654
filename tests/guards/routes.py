"""Every address of the suite as (name, parameter names, pattern), for the guards that walk them."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

# Third-party trees that are walked by their entry only: their own tests cover the inside.
THIRD_PARTY = ("wagtail", "account_", "mfa_", "socialaccount_", "openid_connect")


@dataclass(frozen=True)
class Route:
    name: str
    parameters: tuple[str, ...]
    path: str

    @property
    def is_ours(self):
        return not self.name.startswith(THIRD_PARTY) and not self.path.startswith(("cms/", "accounts/", "api/"))


def routes():
    """All named routes, namespaces included, sorted by name."""
    found = {}

    def walk(resolver, prefix, namespaces):
        for entry in resolver.url_patterns:
            path = prefix + str(entry.pattern).lstrip("^").rstrip("$")
            if isinstance(entry, URLResolver):
                walk(entry, path, [*namespaces, entry.namespace] if entry.namespace else namespaces)
            elif isinstance(entry, URLPattern) and entry.name:
                name = ":".join([*namespaces, entry.name])
                found.setdefault(name, Route(name, tuple(entry.pattern.regex.groupindex or getattr(entry.pattern, "converters", {})), path))

    walk(get_resolver(), "", [])
    # Parameters may stand in the prefix as well.
    resolver = get_resolver()
    return [Route(r.name, tuple(_parameters(resolver, r.name)) or r.parameters, r.path) for r in sorted(found.values(), key=lambda r: r.name)]


def _parameters(resolver, name):
    *namespaces, local = name.split(":")
    for namespace in namespaces:
        if namespace not in resolver.namespace_dict:
            return []
        _prefix, resolver = resolver.namespace_dict[namespace]
    possibilities = resolver.reverse_dict.getlist(local)
    return possibilities[0][0][0][1] if possibilities else []
