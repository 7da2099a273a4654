"""The main screens of the loop in a real browser: both languages, a wide desk and a phone, the people whose screens they are."""

import io
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from crm_core.models import Account, Opportunity, Pipeline, Stage
from docs_site.models import DocumentVersion, ProjectDocument
from feedback.models import BacklogItem, Ticket, TicketState
from foundation.people.models import User
from implementation.models import Gate, Rollout
from requirements_mgmt.models import Requirement
from tests.browser.conftest import AXE, NARROW, WIDE
from tests.factories.crm_core import AccountFactory, OpportunityFactory
from training.models import Procedure

HANZI = re.compile(r"[\u4e00-\u9fff]")
# Latin words that Chinese people write too: names of formats, standards and keys, and codes of records.
LATIN = re.compile(
    r"\b(?:CRM|CSV|XLSX|XLS|ODS|vCard|PDF|Excel|Markdown|UTF-(?:8|16)|GB18030|SHA-256|API|TOTP|Esc|Ctrl|PNG|JPEG|WebP|GIF|English|CNY|SOP-\d+|[A-D]|[A-Z]{1,4}(?:-[A-Z0-9]+)+|v\d+)\b"
)
WORD = re.compile(r"[A-Za-z]{2,}")

# Everything that the suite itself says: navigation, headings of tables and cards, labels, buttons, hints. A button in a list of rows names its row, which is data.
CHROME = """() => {
    const said = ".rail-word, .rail-title, .search-box, .topbar-report, .bottom-bar, .crumb-group, thead th, .facts dt, .form-label, legend, .field-help, .form-intro, .btn, .tab, "
        + ".view-tab, .segmented, .stat-label, .card-title, .panel-title, .chip-label, .menu-title, .band-title, .section-title, .pager, .chart-title, .empty-title, .empty-text, .quick-title";
    const data = ".person, .me-button, .notice-row, [href^='mailto:'], [href^='tel:'], .rail-rollout, .topbar-language, .brand, .matrix, time, h1, [lang]:not(html), .manual, .phase-name, .ts-wrapper, .track";
    const texts = new Set();
    for (const element of document.querySelectorAll(said)) {
        if (element.closest(data) || !element.checkVisibility()) continue;
        for (const node of element.childNodes) if (node.nodeType === 3 && node.data.trim()) texts.add(node.data.trim());
        for (const inner of element.querySelectorAll(":scope > span:not([class]), :scope > a:not([class])")) texts.add(inner.textContent.trim());
        for (const name of ["aria-label", "title", "placeholder"]) if (element.matches(".btn, .search-box") && element.hasAttribute(name) && !element.closest(".rows")) texts.add(element.getAttribute(name));
    }
    for (const field of document.querySelectorAll("[placeholder]")) texts.add(field.placeholder);
    return [...texts];
}"""
AXE_RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, nodes}) => id + ": " + nodes.slice(0, 3).map(({target, any}) => target.join(" ") + " " + (any[0]?.message ?? "")).join(" | "))"""


@pytest.fixture
def story(transactional_db, settings, monkeypatch):
    """A small slice of the demo rollout, told by the demo's own services; its signed PDFs are empty, for nobody opens them here."""
    monkeypatch.setattr("docs_site.services.freezing.render_pdf", lambda *args, **kwargs: b"%PDF-1.7\n%%EOF\n")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # the demo's people sign documents with their password
    call_command("load_demo", accounts=60, opportunities=40, days=14, stdout=io.StringIO())
    return {user.username: user for user in User.objects.filter(is_demo=True)}


def screens(story):
    """Whose screen, and its address."""
    rep, rollout = story["rep"], Rollout.objects.get()
    account = Account.objects.filter(owner=rep).first()
    requirement = Requirement.objects.visible_to(story["pm"]).filter(state="confirmed").first()
    version = DocumentVersion.objects.filter(state="signed").first()
    at = {
        "pm": [
            ("home",),
            ("implementation:rollout_list",),
            ("implementation:rollout_detail", rollout.pk),
            ("implementation:rollout_plan", rollout.pk),
            ("implementation:rollout_team", rollout.pk),
            ("implementation:rollout_register", rollout.pk),
            ("implementation:gate_detail", Gate.objects.filter(passages__isnull=True).order_by("phase__order").first().pk),
            ("docs_site:document_list",),
            ("docs_site:document_detail", ProjectDocument.objects.filter(state="in_review").first().pk),
            ("docs_site:version_detail", version.pk),
            ("requirements_mgmt:requirement_list",),
            ("requirements_mgmt:requirement_tree",),
            ("requirements_mgmt:requirement_matrix",),
            ("requirements_mgmt:requirement_detail", requirement.pk),
            ("feedback:backlog_list",),
            *([("feedback:backlog_detail", item.pk)] if (item := BacklogItem.objects.first()) else []),
            ("search",),
            ("notices:notice_list",),
        ],
        "rep": [
            ("home",),
            ("crm_core:my_day",),
            ("crm_core:account_list",),
            ("crm_core:account_detail", account.pk),
            ("crm_core:account_create",),
            ("crm_core:opportunity_board",),
            ("training:home",),
            ("training:manual",),
            ("training:procedure_detail", Procedure.objects.visible_to(rep).first().pk),
            ("feedback:ticket_list",),
            ("feedback:ticket_create",),
        ],
        "liaison": [("home",), ("feedback:liaison_desk",), ("feedback:ticket_detail", Ticket.objects.filter(liaison=story["liaison"]).first().pk)],
        "developer": [("feedback:team_desk",), ("feedback:ticket_detail", Ticket.objects.filter(state=TicketState.TEAM).first().pk)],
        "manager": [("crm_core:import_list",), ("crm_core:import_create",), ("crm_core:opportunity_forecast",)],
        "sponsor": [("feedback:adoption",), ("docs_site:signature_list",)],
        "trainer": [("training:progress",), ("training:procedure_list",)],
    }
    return {person: [(name, reverse(name, args=args)) for name, *args in pages] for person, pages in at.items()}


def foreign(texts, language):
    """What stands in the other language on a page's own words."""
    if language == "en":
        return [text for text in texts if HANZI.search(text) and text not in ("中文", "简体中文")]
    return [text for text in texts if WORD.search(LATIN.sub("", text))]


def faults_of(page, sideways, language):
    """What is wrong with the page that stands in the browser."""
    wrong = []
    for width in (WIDE, NARROW):
        page.set_viewport_size(width)
        at = f"{language} {width['width']}"
        if (pixels := sideways(page)) > 0:
            wrong.append(f"{at}: scrolls sideways by {pixels} px")
        if (heads := page.locator("h1:visible").count()) != 1:
            wrong.append(f"{at}: {heads} headings of the first level")
        if (language == "zh-hans") == (width is WIDE):  # once per page and width: what axe asks for does not hang on the words
            wrong += [f"{at}: {one}" for one in page.evaluate(AXE_RUN)]
    return wrong + [f"{language}: “{text}” is in another language" for text in foreign(page.evaluate(CHROME), language)]


def listen(page):
    """What the policy for content refused, as the browser tells it."""
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', (event) => refused.push(event.violatedDirective + ' ' + event.blockedURI))"
    )


@pytest.mark.timeout(480)  # eighty pages: a minute on a free machine, more on one that does other work
def test_main_screens_in_both_languages_and_widths(browse, sideways, story):
    axe, faults = AXE.read_text(), {}
    for username, pages in screens(story).items():
        page = browse(story[username])
        listen(page)
        for language in ("zh-hans", "en"):
            User.objects.filter(username=username).update(language=language)
            for name, address in pages:
                page.set_viewport_size(WIDE)
                answer = page.goto(address)
                page.wait_for_selector("html[data-ready]")
                page.evaluate("document.fonts.ready.then(() => true)")
                page.evaluate(axe)  # by the debugger, so that the policy for content stays as it is
                wrong = faults_of(page, sideways, language)
                if answer.status != 200:
                    wrong.append(f"status {answer.status}")
                if page.evaluate("document.documentElement.lang") != language:
                    wrong.append(f"the page is not in {language}")
                wrong += [f"the policy for content refused {one}" for one in page.evaluate("window.refused")]
                wrong += [f"console: {one}" for one in page.complaints]
                page.complaints.clear()
                if wrong:
                    faults.setdefault(f"{username} {name}", []).extend(wrong)
        page.close()
    assert not faults, "\n".join(f"{name}\n  " + "\n  ".join(wrong) for name, wrong in faults.items())


@pytest.fixture
def deal(world):
    """A deal of the sales representative in the first stage of the standard pipeline."""
    stage = Stage.objects.filter(pipeline=Pipeline.objects.order_by("pk").first()).order_by("order").first()
    account = AccountFactory(owner=world.sales_rep, department=world.team_a, name="华东纺织集团有限公司")
    return OpportunityFactory(account=account, owner=world.sales_rep, department=world.team_a, stage=stage, pipeline=stage.pipeline, name="年度框架协议")


def test_a_deal_moves_on_by_keyboard(browse, world, deal):
    page = browse(world.sales_rep)
    page.goto(reverse("crm_core:opportunity_board"))
    page.wait_for_selector("html[data-ready]")
    card = page.locator(f"[data-board-card='{deal.pk}']")
    card.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    with page.expect_response("**/move/") as answer:
        page.keyboard.press("Space")
    assert answer.value.ok
    expect(page.locator("[data-board-column]").nth(1).locator(f"[data-board-card='{deal.pk}']")).to_be_focused()
    page.reload()
    expect(page.locator("[data-board-column]").nth(1).locator(f"[data-board-card='{deal.pk}']")).to_be_visible()
    assert Opportunity.objects.get(pk=deal.pk).stage.order > deal.stage.order


def test_a_report_carries_a_picture_of_the_screen(browse, world, deal):
    page = browse(world.sales_rep, language="zh-hans")
    page.goto(deal.account.get_absolute_url())
    page.wait_for_selector("html[data-ready]")
    page.locator(".topbar-report").click()
    drawer = page.locator("#drawer")
    drawer.locator("[name=title]").fill("保存后行业变空")
    drawer.locator("[data-report-capture]").click()
    expect(drawer.locator("[data-report-preview]")).to_be_visible(timeout=90_000)
    drawer.locator("button[type=submit]").click()
    expect(page.locator("#toasts .tone-good, h1")).not_to_have_count(0)
    page.wait_for_load_state("networkidle")
    ticket = Ticket.objects.get(title="保存后行业变空")
    with Image.open(ticket.screenshot) as picture:
        assert picture.format == "PNG"
        assert picture.size == (WIDE["width"], WIDE["height"])
        assert len(picture.convert("RGB").resize((144, 90)).getcolors(20_000)) > 20, "the picture shows a page, not a blank"


def test_the_shell_by_keyboard_alone(browse, world, deal):
    page = browse(world.sales_rep)
    page.goto(reverse("crm_core:account_list"))
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("tr[data-row].is-current a").first).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.get_by_role("button", name="Fold the navigation").click()
    item = page.locator(".rail-link").nth(1)
    expect(item).to_have_accessible_name(re.compile(r"\w"))
    item.focus()
    expect(item).to_be_focused()
