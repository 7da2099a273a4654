"""The REST API of customers: same rows, same verbs, same refusals as the pages."""

from ninja import Router

from crm_core.api import account, activity, contact, opportunity, task

router = Router(tags=["crm"])
for part in (account, contact, opportunity, activity, task):
    router.add_router("", part.router)
