"""Verbs by permission: ``user.has_perm("crm_core.claim_account")`` is answered from the roles held today."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from foundation.people.access import access_of

# Wagtail's own admin asks for its own permissions; who writes documents may enter it.
WAGTAIL_PREFIXES = ("wagtailadmin.", "wagtailcore.", "wagtailimages.", "wagtaildocs.")


class RoleBackend(BaseBackend):
    """Grants what the roles in ``settings.ROLES`` grant; there are no permissions per person."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        return set(access_of(user_obj).permissions)

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))
