"""Static files with hashed names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage as Base


class ManifestStorage(Base):
    """Leaves ``sourceMappingURL`` alone: the libraries name source maps that their packages do not ship.

    The modules of the interface kit import one another; their imports get hashed names, too. Libraries are left as they are.
    """

    patterns = (
        *((kind, tuple(rule for rule in rules if "sourceMappingURL" not in (rule if isinstance(rule, str) else rule[0]))) for kind, rules in Base.patterns),
        ("ui/*.js", Base._js_module_import_aggregation_patterns[1]),
    )
