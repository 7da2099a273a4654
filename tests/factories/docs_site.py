from datetime import UTC, datetime

import factory

from docs_site.models import (
    DocumentAttachment,
    DocumentComment,
    DocumentReader,
    DocumentSection,
    DocumentVersion,
    GuideIndexPage,
    GuidePage,
    GuideVote,
    HomePage,
    ProjectDocument,
    Signature,
    SignatureRequest,
)
from foundation.integrity import sha256_of
from tests.factories.people import DepartmentFactory, UserFactory

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


class ProjectDocumentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProjectDocument

    code = factory.Sequence(lambda n: f"DOC-{n}")
    title = factory.Sequence(lambda n: f"上线方案 {n}")
    kind = "charter"
    language = "zh-hans"
    owner = factory.SubFactory(UserFactory)
    department = factory.SubFactory(DepartmentFactory)


class DocumentSectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DocumentSection

    document = factory.SubFactory(ProjectDocumentFactory)
    order = factory.Sequence(lambda n: n)
    heading = factory.Sequence(lambda n: f"目标 {n}")
    body = "<p>销售漏斗可见</p>"


class DocumentVersionFactory(factory.django.DjangoModelFactory):
    """A version under review; sign it through the services."""

    class Meta:
        model = DocumentVersion

    document = factory.SubFactory(ProjectDocumentFactory)
    number = factory.Sequence(lambda n: n + 1)
    content = factory.LazyAttribute(
        lambda o: {
            "schema": 1,
            "code": o.document.code,
            "title": o.document.title,
            "summary": "",
            "kind": o.document.kind,
            "language": o.document.language,
            "number": o.number,
            "sections": [{"key": "abc", "heading": "目标", "body": "<p>销售漏斗可见</p>"}],
            "attachments": [],
        }
    )
    content_sha256 = factory.LazyAttribute(lambda o: sha256_of(o.content))
    created_by = factory.SelfAttribute("document.owner")
    created_at = NOW


class SignatureRequestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SignatureRequest

    version = factory.SubFactory(DocumentVersionFactory)
    signer = factory.SubFactory(UserFactory)
    meaning = "approved"
    asked_at = NOW


class SignatureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Signature

    request = factory.SubFactory(SignatureRequestFactory)
    version = factory.SelfAttribute("request.version")
    signer = factory.SelfAttribute("request.signer")
    signed_by = factory.SelfAttribute("request.signer")
    signer_name = factory.LazyAttribute(lambda o: str(o.signer))
    meaning = "approved"
    statement = "I approve."
    signed_at = NOW
    content_sha256 = factory.SelfAttribute("request.version.content_sha256")


class DocumentReaderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DocumentReader

    document = factory.SubFactory(ProjectDocumentFactory)
    user = factory.SubFactory(UserFactory)
    added_by = factory.SelfAttribute("document.owner")


class DocumentCommentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DocumentComment

    document = factory.SubFactory(ProjectDocumentFactory)
    author = factory.SelfAttribute("document.owner")
    body = "请补充预算"
    created_at = NOW


class DocumentAttachmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DocumentAttachment

    document = factory.SubFactory(ProjectDocumentFactory)
    file = factory.django.FileField(filename="plan.txt", data=b"plan")
    name = "plan.txt"
    size = 4
    content_type = "text/plain"
    sha256 = sha256_of(b"plan")
    uploaded_by = factory.SelfAttribute("document.owner")


class GuidePageFactory(factory.django.DjangoModelFactory):
    """A page under Wagtail's root."""

    class Meta:
        model = GuidePage

    title = factory.Sequence(lambda n: f"怎样签署 {n}")
    slug = factory.Sequence(lambda n: f"guide-{n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        from wagtail.models import Page

        parent = kwargs.pop("parent", None) or Page.get_first_root_node()
        return parent.add_child(instance=model_class(**kwargs))


class GuideIndexPageFactory(GuidePageFactory):
    class Meta:
        model = GuideIndexPage


class HomePageFactory(GuidePageFactory):
    class Meta:
        model = HomePage


class GuideVoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GuideVote

    page = factory.SubFactory(GuidePageFactory)
    user = factory.SubFactory(UserFactory)
    helpful = True
    voted_at = NOW
