"""The same customer twice: asked before saving, found in the whole base, decided by people."""

from crm_core.services.duplicates.checking import AskedTooOften, KnownAlready, Similar, check_known, refuse_known, similar_accounts, similar_contacts
from crm_core.services.duplicates.facts import Candidate
from crm_core.services.duplicates.matching import Match, matches_for
from crm_core.services.duplicates.scoring import Scorer

__all__ = [
    "AskedTooOften",
    "Candidate",
    "KnownAlready",
    "Match",
    "Scorer",
    "Similar",
    "check_known",
    "matches_for",
    "refuse_known",
    "similar_accounts",
    "similar_contacts",
]
