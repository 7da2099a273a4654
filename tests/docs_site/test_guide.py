import pytest
from django.urls import reverse
from wagtail.models import Page

from docs_site.models import GuidePage, GuideVote, HomePage
from docs_site.services.guide import search_guide
from docs_site.services.seeding import seed_docs


@pytest.fixture
def guide(db):
    seed_docs()


def speak(user, language):
    user.language = language
    user.save()
    return user


def test_seed_docs_writes_both_languages_once(guide):
    for code in ("en", "zh-hans"):
        assert GuidePage.objects.filter(locale__language_code=code, live=True).count() == 12
    before = Page.objects.count()
    page = GuidePage.objects.first()
    page.title = "Changed by people"
    page.save()
    assert seed_docs() == 0
    assert Page.objects.count() == before
    page.refresh_from_db()
    assert page.title == "Changed by people"


def test_every_page_has_its_sibling(guide):
    for page in GuidePage.objects.filter(locale__language_code="en"):
        assert page.get_translations().filter(locale__language_code="zh-hans").count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_in_the_shell(client_of, sales_rep, guide, language):
    client = client_of(speak(sales_rep, language))
    home = client.get(reverse("guide_home"), follow=True)
    assert home.redirect_chain[0][0] == f"/docs/{language}/"
    assert home.context["page"].locale.language_code == language
    for page in GuidePage.objects.filter(locale__language_code=language):
        response = client.get(page.url)
        assert response.status_code == 200
        text = response.content.decode()
        assert page.summary[:12] in text.replace("&#x27;", "'")
        assert 'class="guide-side"' in text
        assert 'rel="prev"' in text


def test_page_leads_to_its_sibling_and_neighbours(client_of, sales_rep, guide):
    page = GuidePage.objects.get(slug="sign", locale__language_code="en")
    text = client_of(sales_rep).get(page.url).content.decode()
    assert "/docs/zh-hans/documents/sign/" in text
    assert "/docs/en/documents/write/" in text
    assert "/docs/en/documents/verify/" in text


def test_the_guide_wants_sign_in(client, guide):
    for path in ("/docs/", "/docs/en/", "/docs/-search/", "/cms/", "/media/images/x.png", "/docs/-files/1/a.pdf"):
        assert client.get(path).status_code == 302
        assert client.get(path).url.startswith("/accounts/login/")


def test_search_finds_two_hanzi_in_the_language_asked_for(sales_rep, guide):
    assert "请人签署与签署" in [page.title for page in search_guide(text="驳回", language="zh-hans", by=sales_rep)]
    assert search_guide(text="驳回", language="en", by=sales_rep) == []
    assert [page.slug for page in search_guide(text="waiver", language="en", by=sales_rep)]


def test_search_page_answers(client_of, sales_rep, guide):
    client = client_of(speak(sales_rep, "zh-hans"))
    assert "请人签署" in client.get(reverse("guide_search"), {"q": "签署"}).content.decode()
    assert client.get(reverse("guide_search"), {"q": "<script>"}).status_code == 200


def test_vote_counts_the_last_answer(client_of, sales_rep, guide):
    page = GuidePage.objects.first()
    client = client_of(sales_rep)
    for answer in ("yes", "no"):
        assert client.post(reverse("guide_vote", args=[page.pk]), {"helpful": answer}).status_code == 302
    assert GuideVote.objects.get().helpful is False
    assert client.get(reverse("guide_vote", args=[page.pk])).status_code == 405


def test_unpublished_page_is_neither_served_nor_found(client_of, sales_rep, guide):
    page = GuidePage.objects.get(slug="verify", locale__language_code="en")
    url = page.url
    page.unpublish()
    from docs_site.services.guide import index_page

    index_page(page=page)
    assert client_of(sales_rep).get(url).status_code == 404
    assert page not in search_guide(text="untouched", language="en", by=sales_rep)
    assert client_of(sales_rep).get(reverse("docs_site:guide_open", args=[page.pk])).status_code == 404


def test_admin_of_pages_is_for_writers(client_of, trainer, sales_rep, guide):
    assert client_of(sales_rep).get("/cms/").status_code in {302, 403}
    client = client_of(trainer)
    assert client.get("/cms/").status_code == 200
    page = GuidePage.objects.get(slug="sign", locale__language_code="en")
    assert client.get(f"/cms/pages/{page.pk}/edit/").status_code == 200


def test_writer_publishes_and_the_page_is_found(client_of, trainer, guide):
    page = GuidePage.objects.get(slug="sign", locale__language_code="en")
    data = {
        "title": "Zebra signing",
        "summary": "x",
        "slug": "sign",
        "body-count": "0",
        "action-publish": "1",
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
        "comments-MIN_NUM_FORMS": 0,
        "comments-MAX_NUM_FORMS": "",
    }
    response = client_of(trainer).post(f"/cms/pages/{page.pk}/edit/", data)
    assert response.status_code == 302
    assert [found.pk for found in search_guide(text="zebra", language="en", by=trainer)] == [page.pk]


def test_pictures_are_shown_to_people_and_originals_to_writers(client_of, trainer, sales_rep, guide):
    from io import BytesIO

    from django.core.files.base import ContentFile
    from PIL import Image as Drawing
    from wagtail.images.models import Image

    data = BytesIO()
    Drawing.new("RGB", (40, 30), "navy").save(data, "PNG")
    image = Image.objects.create(title="a", file=ContentFile(data.getvalue(), "a.png"))
    rendition = image.get_rendition("max-20x20")
    assert client_of(sales_rep).get(f"/media/{rendition.file.name}").status_code == 200
    assert client_of(sales_rep).get(f"/media/{image.file.name}").status_code == 404
    assert client_of(trainer).get(f"/media/{image.file.name}").status_code == 200
    assert client_of(trainer).get("/media/images/none.png").status_code == 404


def test_home_without_pages_says_so(client_of, sales_rep, db):
    HomePage.objects.all().delete()
    response = client_of(sales_rep).get(reverse("guide_home"))
    assert response.status_code == 200
    assert "has not been written yet" in response.content.decode()
    assert "/cms/" not in response.content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "seed_docs"), ("zh-hans", "编写使用指南")])
def test_home_without_pages_says_what_to_do(client_of, admin, db, language, word):
    HomePage.objects.all().delete()
    text = client_of(speak(admin, language)).get(reverse("guide_home")).content.decode()
    assert word in text
    assert "/cms/pages/" in text


@pytest.mark.parametrize(("text", "found"), [("项目", True), ("线项", True), ("上线项目", True), ("签署", True), ("目录", False), ("sign", True)])
def test_the_explorer_finds_words_of_two_hanzi(client_of, admin, guide, text, found):
    page = GuidePage.objects.filter(locale__language_code="zh-hans").first()
    page.title = "上线项目与签署 signing"
    page.summary = ""
    page.save_revision().publish()
    url = reverse("wagtailadmin_explore", args=[page.get_parent().pk])
    shown = client_of(admin).get(url, {"q": text}, follow=True).content.decode()
    assert (page.title in shown) is found
    whole = client_of(admin).get(reverse("wagtailadmin_pages:search"), {"q": text}, follow=True).content.decode()
    assert (page.title in whole) is found
