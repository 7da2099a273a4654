from foundation.usage.models.day import MEANINGFUL, Rollup, UsageDay
from foundation.usage.models.event import AppendOnly, Outcome, RetentionWindow, Surface, UsageEvent, Verb
from foundation.usage.models.feature import Feature, FeatureKind

__all__ = ["MEANINGFUL", "AppendOnly", "Feature", "FeatureKind", "Outcome", "RetentionWindow", "Rollup", "Surface", "UsageDay", "UsageEvent", "Verb"]
