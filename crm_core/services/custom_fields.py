"""Custom fields for those who read and write rows: which a row has, what a value may be, how it is read."""

from crm_core.field_values import clean_value, field_by_key, fields_of, filled_fields, related_name, relation_names, seen_fields, show_value

__all__ = ["clean_value", "field_by_key", "fields_of", "filled_fields", "related_name", "relation_names", "seen_fields", "show_value"]
