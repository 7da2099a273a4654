"""The demo rollout: a fictional group that brought in its CRM, told from fixed seeds by the suite's own services."""

PASSWORD = "demo-suite-2026"  # nosec B105  # noqa: S105  (shown on the sign-in page of the demo; production refuses these people)
SEED = 20261122
