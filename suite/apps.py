from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuiteConfig(AppConfig):
    name = "suite"
    verbose_name = _("Suite")
