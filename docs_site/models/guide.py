"""Pages of the documentation site, written in Wagtail: one tree per language."""

import re
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from docs_site.richtext import plain_text

HANZI = re.compile("[\u3400-\u9fff]+")
RICH = ["bold", "italic", "link", "ol", "ul", "code"]


class Callout(blocks.StructBlock):
    """A boxed remark that must not be overlooked."""

    tone = blocks.ChoiceBlock(
        choices=[("info", _("Good to know")), ("good", _("Tip")), ("watch", _("Take care")), ("bad", _("Never"))], default="info", label=_("Tone")
    )
    text = blocks.RichTextBlock(features=RICH, label=pgettext_lazy("section", "Text"))

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "docs_site/blocks/callout.html"


class Picture(blocks.StructBlock):
    """A picture with the words for those who cannot see it."""

    image = ImageChooserBlock(label=_("Picture"))
    alternative = blocks.CharBlock(label=_("Description"), help_text=_("What the picture shows, for people who cannot see it."))
    caption = blocks.CharBlock(required=False, label=_("Caption"))

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "docs_site/blocks/picture.html"


class GuideBody(blocks.StreamBlock):
    """What a guide page is made of."""

    heading = blocks.CharBlock(label=_("Heading"), icon="title", template="docs_site/blocks/heading.html")
    paragraph = blocks.RichTextBlock(features=RICH, label=_("Paragraph"), template="docs_site/blocks/paragraph.html")
    steps = blocks.ListBlock(
        blocks.RichTextBlock(features=["bold", "italic", "link", "code"], label=_("Step")),
        label=_("Steps"),
        icon="list-ol",
        template="docs_site/blocks/steps.html",
    )
    callout = Callout()
    picture = Picture()
    table = TableBlock(label=_("Table"), template="docs_site/blocks/table.html")
    code = blocks.TextBlock(label=pgettext_lazy("block", "Code"), icon="code", template="docs_site/blocks/code.html")


class GuideQuerySet(PageQuerySet):
    def visible_to(self, user: Any) -> "GuideQuerySet":
        """Published pages: the guide is open to everybody who works here."""
        return self.live() if getattr(user, "is_authenticated", False) and user.is_active else self.none()


GuideManager = PageManager.from_queryset(GuideQuerySet)


class GuidePageBase(Page):
    """What every page of the documentation site has in common."""

    summary = models.CharField(_("summary"), max_length=300, blank=True, help_text=_("One sentence, shown in lists and search."))
    body = StreamField(GuideBody(), blank=True, verbose_name=_("content"))

    private_page_options: list[str] = []  # open to all who sign in; no second door with a password of its own
    objects = GuideManager()

    search_fields = [*Page.search_fields, index.AutocompleteField("hanzi_tails"), index.SearchField("hanzi_tails")]
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]
    promote_panels = [FieldPanel("slug"), FieldPanel("show_in_menus")]

    class Meta:
        abstract = True

    def hanzi_tails(self) -> str:
        """Every run of hanzi in title and summary from each of its places on, so that the explorer finds words inside it by their beginning."""
        runs = HANZI.findall(f"{self.title} {self.summary}")
        return " ".join(dict.fromkeys(run[at : at + 12] for run in runs for at in range(len(run))))

    def search_entry(self) -> dict[str, Any] | None:
        """Title, summary and all words of a published page."""
        if not self.live:
            return None
        return {"title": self.title, "subtitle": self.summary, "body": plain_text(str(self.body))}


class HomePage(GuidePageBase):
    """The first page of the documentation site in one language."""

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["docs_site.GuideIndexPage", "docs_site.GuidePage"]
    template = "docs_site/guide/home.html"

    class Meta:
        verbose_name = _("documentation home")
        verbose_name_plural = _("documentation homes")


class GuideIndexPage(GuidePageBase):
    """A chapter: it lists the pages under it."""

    parent_page_types = ["docs_site.HomePage", "docs_site.GuideIndexPage"]
    subpage_types = ["docs_site.GuideIndexPage", "docs_site.GuidePage"]
    template = "docs_site/guide/index.html"

    class Meta:
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")


class GuidePage(GuidePageBase):
    """One page of the guide."""

    parent_page_types = ["docs_site.HomePage", "docs_site.GuideIndexPage"]
    subpage_types: list[str] = []
    template = "docs_site/guide/page.html"

    class Meta:
        verbose_name = _("guide page")
        verbose_name_plural = _("guide pages")


class GuideVote(models.Model):
    """Whether a page helped the person who read it; the last answer counts."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name=_("page"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    helpful = models.BooleanField(_("helpful"))
    voted_at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("helpfulness vote")
        verbose_name_plural = _("helpfulness votes")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["page", "user"], name="guide_vote_once")]

    def __str__(self) -> str:
        return f"{self.page}: {self.helpful}"
