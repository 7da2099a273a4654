"""The interface kit in a real browser: keyboard, guard, board, palette, bars, both themes and languages, 390 pixels."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE

PAGES = ["/", "/gallery/", "/gallery/list/", "/gallery/board/", "/gallery/form/", "/gallery/home/", "/search/?q=admin"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pattern_is_clean_for_readers(browse, axe, look, world, language, theme):
    page = browse(world.developer, language=language, theme=theme, bypass_csp=True)
    found = {}
    for path in PAGES:
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        page.wait_for_load_state("networkidle")
        look(page, path.split("?")[0].strip("/").replace("/", "-") or "home")
        if wrong := axe(page):
            found[path] = wrong
    assert not found


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_nothing_scrolls_sideways_on_a_phone(browse, sideways, look, world, language):
    page = browse(world.developer, language=language, viewport=NARROW)
    for path in PAGES:
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        assert sideways(page) == 0, path
        look(page, path.split("?")[0].strip("/").replace("/", "-") or "home")


def test_list_by_keyboard(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/list/?sort=display_name")
    page.wait_for_selector("html[data-ready]")
    rows = page.locator("tr[data-row]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class(re.compile("is-current"))
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-bar]")).to_be_visible()
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class(re.compile("is-current"))
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    expect(drawer.locator("h1")).to_have_text(rows.nth(0).locator("a").inner_text())
    expect(drawer).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_list_filters_sorts_and_comes_back(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/list/")
    page.wait_for_selector("html[data-ready]")
    page.locator("#list-search").press_sequentially("liaison")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page.locator("#list-count")).to_have_text("2")
    assert "q=liaison" in page.url
    expect(page.locator("#list-search")).to_be_focused()
    page.get_by_role("link", name="E-mail").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("E-mail")
    assert "q=liaison" in page.url
    page.go_back()
    expect(page.locator("#list-count")).to_have_text("2")
    page.get_by_role("link", name="Clear", exact=True).click()
    assert "q=" not in page.url


def test_bulk_action_asks_before_it_removes(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/list/")
    page.wait_for_selector("html[data-ready]")
    page.locator("[data-tick]").nth(0).check()
    page.locator("[data-tick]").nth(1).check()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#confirm")).to_contain_text("Remove the ticked rows?")
    page.locator("#confirm").get_by_role("button", name="Cancel").click()
    expect(page.locator("#confirm")).to_be_hidden()
    page.get_by_role("button", name="Remove").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".toast-note")).to_contain_text("2 rows were ticked")


def test_palette_finds_pages_by_keyboard(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("/")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type("inbox")
    chosen = page.locator("#palette-list [aria-selected=true]")
    expect(chosen).to_contain_text("Inbox")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_palette_answers_to_pinyin(browse, world):
    page = browse(world.developer, language="zh-hans")
    page.goto("/gallery/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("/")
    page.keyboard.type("shouye")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("首页")


def test_board_by_keyboard_keeps_and_rolls_back(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/board/")
    page.wait_for_selector("html[data-ready]")
    columns = page.locator("[data-board-column]")
    card = page.locator("[data-board-card='1']")
    card.focus()
    page.keyboard.press("Space")
    expect(card).to_have_class(re.compile("is-lifted"))
    expect(page.locator("#board-voice")).to_contain_text("Lifted")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(columns.nth(1).locator("[data-board-card='1']")).to_be_focused()
    expect(columns.nth(1).locator("[data-board-count]")).to_have_text("4")
    expect(columns.nth(1).locator("[data-board-total]")).to_have_text("¥480,000")
    expect(card).to_have_attribute("data-version", "2")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator(".toast-note")).to_contain_text("An order is won only after its contract is signed.")
    expect(columns.nth(1).locator("[data-board-card='1']")).to_be_focused()
    expect(columns.nth(2).locator("[data-board-count]")).to_have_text("3")


def test_board_by_hand(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/board/")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_load_state("networkidle")
    with page.expect_response("**/move/") as answer:
        page.locator("[data-board-card='2']").drag_to(page.locator("[data-board-card='12']"))
    assert answer.value.ok
    expect(page.locator("[data-board-column='c1'] [data-board-card='2']")).to_be_visible()


def test_guard_holds_unsaved_changes(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/form/")
    page.wait_for_selector("html[data-ready]")
    page.fill("#id_name", "华东纺织集团")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.locator("#confirm")).to_contain_text("not saved")
    page.locator("#confirm").get_by_role("button", name="Cancel").click()
    expect(page.locator("#id_name")).to_have_value("华东纺织集团")
    page.get_by_role("link", name="Home", exact=True).click()
    page.locator("[data-confirm-yes]").click()
    page.wait_for_url(re.compile(r"/$"))


def test_form_says_its_errors_and_keeps_what_was_typed(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/form/")
    page.wait_for_selector("html[data-ready]")
    page.fill("#id_amount", "-5")
    page.get_by_role("button", name="Create account").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("3 things need your attention")
    expect(page.locator("#id_amount")).to_have_value("-5")
    summary.get_by_role("link", name="Name of the account").click()
    expect(page.locator("#id_name")).to_be_focused()
    assert page.locator("#id_name").get_attribute("aria-describedby") == "id_name_error id_name_help"


def test_refusal_and_success_become_toasts(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/")
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Be refused").first.click()
    expect(page.locator("#toasts .tone-watch")).to_contain_text("The gate is not ready")
    page.get_by_role("button", name="Show a toast").first.click()
    expect(page.locator("#toasts .tone-good")).to_contain_text("Saved.")


def test_bar_moves_until_it_is_done(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/")
    page.locator("[data-done='100']").wait_for(timeout=20_000)


def test_rail_folds_and_stays_folded(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/")
    page.wait_for_selector("html[data-ready]")
    with page.expect_response("**/rail/"):
        page.get_by_role("button", name="Fold the navigation").click()
    assert page.locator(".rail").bounding_box()["width"] == 56
    page.reload()
    assert page.locator(".rail").bounding_box()["width"] == 56


def test_language_and_appearance_change_for_good(browse, world):
    page = browse(world.developer)
    page.goto("/gallery/")
    page.wait_for_selector("html[data-ready]")
    page.locator(".topbar-language button").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.locator(".me-button").click()
    with page.expect_response("**/appearance/"):
        page.locator("[name=theme][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_phone_opens_the_rail_and_closes_it(browse, world):
    page = browse(world.developer, viewport=NARROW)
    page.goto("/gallery/list/")
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".rail")).to_be_hidden()
    page.locator(".topbar-menu").click()
    expect(page.locator(".rail")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".bottom-bar a")).to_have_count(3)


def test_chart_has_a_table_behind_it(browse, world):
    page = browse(world.developer, viewport=WIDE)
    page.goto("/gallery/home/")
    figure = page.locator("[data-drawn]")
    expect(figure).to_be_visible()
    figure.get_by_role("button", name="Show as a table").click()
    expect(figure.locator("tbody tr")).to_have_count(10)
    with page.expect_download() as file:
        figure.get_by_role("button", name="Download the numbers").click()
    assert file.value.suggested_filename == "Active people per department.csv"
