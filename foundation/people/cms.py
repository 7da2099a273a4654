"""Who may enter Wagtail's admin: people whose roles hold ``settings.CMS_PERMISSION``, for as long as they hold it.

Wagtail grants pages and collections through groups stored in its database. We keep no members in those groups: at each request
under ``/cms/`` a writer is given, in memory, what the group ``settings.CMS_GROUP`` grants. So a role that ends today ends here too.
"""

from typing import Any

from django.conf import settings
from wagtail.models import GroupCollectionPermission, GroupPagePermission
from wagtail.permission_policies.collections import CollectionPermissionLookupMixin
from wagtail.permission_policies.pages import PagePermissionPolicy

from foundation.people.access import Access

CMS_PERMISSIONS = frozenset({"wagtailadmin.access_admin"})


def cms_permissions(access: Access) -> frozenset[str]:
    """Wagtail's own verbs that follow from the roles held."""
    return CMS_PERMISSIONS if settings.CMS_PERMISSION in access.permissions else frozenset()


def lend_group(user: Any) -> None:
    """Give the writer, for this request only, the page and collection rights of the writers' group."""
    group = {"group__name": settings.CMS_GROUP}
    pages = GroupPagePermission.objects.filter(**group).select_related("page", "permission")
    collections = GroupCollectionPermission.objects.filter(**group).select_related("collection", "permission")
    setattr(user, PagePermissionPolicy.permission_cache_name, list(pages))
    setattr(user, CollectionPermissionLookupMixin.permission_cache_name, list(collections))
