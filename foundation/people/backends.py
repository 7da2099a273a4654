"""Verbs by permission: ``user.has_perm("crm_core.claim_account")`` is answered from the roles held today."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend

from foundation.people.access import access_of
from foundation.people.cms import cms_permissions


class RoleBackend(BaseBackend):
    """Grants what the roles in ``settings.ROLES`` grant; there are no permissions per person."""

    def get_user(self, user_id: Any) -> Any:
        """The person of a session; none once deactivated."""
        return get_user_model().objects.filter(pk=user_id, is_active=True).first()

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        access = access_of(user_obj)
        return set(access.permissions | cms_permissions(access))

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active or user_obj.is_anonymous:
            return False
        access = access_of(user_obj)
        return perm in access.permissions or perm in cms_permissions(access)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))


class SignInBackend(AuthenticationBackend):
    """allauth's sign-in and nothing else: it is not asked for permissions, which Django would look up in tables that nobody fills."""

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False
