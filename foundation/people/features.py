"""The directory's screens, under keys that never change; an export of one is recorded under its screen."""

from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec

FEATURES = [
    FeatureSpec("people.person.list", "screen", _("People directory"), "people:person_list", "people.view_user"),
    FeatureSpec("people.department.list", "screen", _("Department directory"), "people:department_list", "people.view_department"),
    FeatureSpec("people.import.refused", "action", _("Download refused rows"), "people:import_refused", "people.import_user"),
]
