from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from foundation.people import checks

__all__ = ["PeopleConfig", "checks"]  # importing the checks registers them


class PeopleConfig(AppConfig):
    name = "foundation.people"
    label = "people"
    verbose_name = _("People")
