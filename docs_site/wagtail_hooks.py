"""Keeps search in step with what is published in Wagtail's admin; its hooks, not signals."""

from wagtail import hooks

from docs_site.services.guide import forget_pages, index_page


@hooks.register("after_publish_page")
@hooks.register("after_unpublish_page")
@hooks.register("after_edit_page")
@hooks.register("after_create_page")
@hooks.register("after_copy_page")
def keep_findable(request, page, *args):
    page.refresh_from_db()
    index_page(page=page)


@hooks.register("before_delete_page")
def take_out(request, page):
    if request.method == "POST":
        forget_pages(page=page)


@hooks.register("after_bulk_action")
def keep_all_findable(request, action_type, objects, action):
    for page in objects:
        if hasattr(page, "specific") and page.pk:
            index_page(page=page)
