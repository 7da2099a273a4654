"""Static files with hashed names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Leaves ``sourceMappingURL`` alone: the libraries name source maps that their packages do not ship."""

    patterns = tuple(
        (kind, tuple(rule for rule in rules if "sourceMappingURL" not in (rule if isinstance(rule, str) else rule[0])))
        for kind, rules in CompressedManifestStaticFilesStorage.patterns
    )
