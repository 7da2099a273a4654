from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequirementsMgmtConfig(AppConfig):
    name = "requirements_mgmt"
    verbose_name = _("Requirements mgmt")
