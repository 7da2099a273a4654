"""Live checks of gates: what this app counts itself. Other apps add theirs by ``settings.GATE_CHECKS``."""

from implementation.models.verdict import CheckResult, GateCheck, Status

__all__ = ["CHECKS", "CheckResult", "GateCheck", "Status"]

CHECKS: tuple[GateCheck, ...] = ()
