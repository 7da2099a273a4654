import uuid

import django.db.models.deletion
import simple_history.models
import wagtail.fields
from django.conf import settings
from django.db import migrations, models

import docs_site.models.document
import foundation.uploads
from foundation.schema import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("sessions", "0001_initial"),
        ("simple_translation", "0001_initial"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
        ("usersessions", "0001_initial"),
        ("wagtailadmin", "0006_formstate"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
        ("wagtailsearch", "0010_add_text_fields"),
        ("wagtailusers", "0015_userprofile_keyboard_shortcuts"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="GuideIndexPage",
                    fields=[
                        (
                            "page_ptr",
                            models.OneToOneField(
                                auto_created=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                parent_link=True,
                                primary_key=True,
                                serialize=False,
                                to="wagtailcore.page",
                            ),
                        ),
                        ("summary", models.CharField(blank=True, help_text="One sentence, shown in lists and search.", max_length=300, verbose_name="summary")),
                        (
                            "body",
                            wagtail.fields.StreamField(
                                [("heading", 0), ("paragraph", 1), ("steps", 3), ("callout", 6), ("picture", 10), ("table", 11), ("code", 12)],
                                blank=True,
                                block_lookup={
                                    0: ("wagtail.blocks.CharBlock", (), {"icon": "title", "label": "Heading", "template": "docs_site/blocks/heading.html"}),
                                    1: (
                                        "wagtail.blocks.RichTextBlock",
                                        (),
                                        {
                                            "features": ["bold", "italic", "link", "ol", "ul", "code"],
                                            "label": "Paragraph",
                                            "template": "docs_site/blocks/paragraph.html",
                                        },
                                    ),
                                    2: ("wagtail.blocks.RichTextBlock", (), {"features": ["bold", "italic", "link", "code"], "label": "Step"}),
                                    3: ("wagtail.blocks.ListBlock", (2,), {"icon": "list-ol", "label": "Steps", "template": "docs_site/blocks/steps.html"}),
                                    4: (
                                        "wagtail.blocks.ChoiceBlock",
                                        [],
                                        {"choices": [("info", "Good to know"), ("good", "Tip"), ("watch", "Take care"), ("bad", "Never")], "label": "Tone"},
                                    ),
                                    5: ("wagtail.blocks.RichTextBlock", (), {"features": ["bold", "italic", "link", "ol", "ul", "code"], "label": "Text"}),
                                    6: ("wagtail.blocks.StructBlock", [[("tone", 4), ("text", 5)]], {}),
                                    7: ("wagtail.images.blocks.ImageChooserBlock", (), {"label": "Picture"}),
                                    8: (
                                        "wagtail.blocks.CharBlock",
                                        (),
                                        {"help_text": "What the picture shows, for people who cannot see it.", "label": "Description"},
                                    ),
                                    9: ("wagtail.blocks.CharBlock", (), {"label": "Caption", "required": False}),
                                    10: ("wagtail.blocks.StructBlock", [[("image", 7), ("alternative", 8), ("caption", 9)]], {}),
                                    11: ("wagtail.contrib.table_block.blocks.TableBlock", (), {"label": "Table", "template": "docs_site/blocks/table.html"}),
                                    12: ("wagtail.blocks.TextBlock", (), {"icon": "code", "label": "Code", "template": "docs_site/blocks/code.html"}),
                                },
                                verbose_name="content",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "chapter",
                        "verbose_name_plural": "chapters",
                    },
                    bases=("wagtailcore.page",),
                ),
                migrations.CreateModel(
                    name="GuidePage",
                    fields=[
                        (
                            "page_ptr",
                            models.OneToOneField(
                                auto_created=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                parent_link=True,
                                primary_key=True,
                                serialize=False,
                                to="wagtailcore.page",
                            ),
                        ),
                        ("summary", models.CharField(blank=True, help_text="One sentence, shown in lists and search.", max_length=300, verbose_name="summary")),
                        (
                            "body",
                            wagtail.fields.StreamField(
                                [("heading", 0), ("paragraph", 1), ("steps", 3), ("callout", 6), ("picture", 10), ("table", 11), ("code", 12)],
                                blank=True,
                                block_lookup={
                                    0: ("wagtail.blocks.CharBlock", (), {"icon": "title", "label": "Heading", "template": "docs_site/blocks/heading.html"}),
                                    1: (
                                        "wagtail.blocks.RichTextBlock",
                                        (),
                                        {
                                            "features": ["bold", "italic", "link", "ol", "ul", "code"],
                                            "label": "Paragraph",
                                            "template": "docs_site/blocks/paragraph.html",
                                        },
                                    ),
                                    2: ("wagtail.blocks.RichTextBlock", (), {"features": ["bold", "italic", "link", "code"], "label": "Step"}),
                                    3: ("wagtail.blocks.ListBlock", (2,), {"icon": "list-ol", "label": "Steps", "template": "docs_site/blocks/steps.html"}),
                                    4: (
                                        "wagtail.blocks.ChoiceBlock",
                                        [],
                                        {"choices": [("info", "Good to know"), ("good", "Tip"), ("watch", "Take care"), ("bad", "Never")], "label": "Tone"},
                                    ),
                                    5: ("wagtail.blocks.RichTextBlock", (), {"features": ["bold", "italic", "link", "ol", "ul", "code"], "label": "Text"}),
                                    6: ("wagtail.blocks.StructBlock", [[("tone", 4), ("text", 5)]], {}),
                                    7: ("wagtail.images.blocks.ImageChooserBlock", (), {"label": "Picture"}),
                                    8: (
                                        "wagtail.blocks.CharBlock",
                                        (),
                                        {"help_text": "What the picture shows, for people who cannot see it.", "label": "Description"},
                                    ),
                                    9: ("wagtail.blocks.CharBlock", (), {"label": "Caption", "required": False}),
                                    10: ("wagtail.blocks.StructBlock", [[("image", 7), ("alternative", 8), ("caption", 9)]], {}),
                                    11: ("wagtail.contrib.table_block.blocks.TableBlock", (), {"label": "Table", "template": "docs_site/blocks/table.html"}),
                                    12: ("wagtail.blocks.TextBlock", (), {"icon": "code", "label": "Code", "template": "docs_site/blocks/code.html"}),
                                },
                                verbose_name="content",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "guide page",
                        "verbose_name_plural": "guide pages",
                    },
                    bases=("wagtailcore.page",),
                ),
                migrations.CreateModel(
                    name="HomePage",
                    fields=[
                        (
                            "page_ptr",
                            models.OneToOneField(
                                auto_created=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                parent_link=True,
                                primary_key=True,
                                serialize=False,
                                to="wagtailcore.page",
                            ),
                        ),
                        ("summary", models.CharField(blank=True, help_text="One sentence, shown in lists and search.", max_length=300, verbose_name="summary")),
                        (
                            "body",
                            wagtail.fields.StreamField(
                                [("heading", 0), ("paragraph", 1), ("steps", 3), ("callout", 6), ("picture", 10), ("table", 11), ("code", 12)],
                                blank=True,
                                block_lookup={
                                    0: ("wagtail.blocks.CharBlock", (), {"icon": "title", "label": "Heading", "template": "docs_site/blocks/heading.html"}),
                                    1: (
                                        "wagtail.blocks.RichTextBlock",
                                        (),
                                        {
                                            "features": ["bold", "italic", "link", "ol", "ul", "code"],
                                            "label": "Paragraph",
                                            "template": "docs_site/blocks/paragraph.html",
                                        },
                                    ),
                                    2: ("wagtail.blocks.RichTextBlock", (), {"features": ["bold", "italic", "link", "code"], "label": "Step"}),
                                    3: ("wagtail.blocks.ListBlock", (2,), {"icon": "list-ol", "label": "Steps", "template": "docs_site/blocks/steps.html"}),
                                    4: (
                                        "wagtail.blocks.ChoiceBlock",
                                        [],
                                        {"choices": [("info", "Good to know"), ("good", "Tip"), ("watch", "Take care"), ("bad", "Never")], "label": "Tone"},
                                    ),
                                    5: ("wagtail.blocks.RichTextBlock", (), {"features": ["bold", "italic", "link", "ol", "ul", "code"], "label": "Text"}),
                                    6: ("wagtail.blocks.StructBlock", [[("tone", 4), ("text", 5)]], {}),
                                    7: ("wagtail.images.blocks.ImageChooserBlock", (), {"label": "Picture"}),
                                    8: (
                                        "wagtail.blocks.CharBlock",
                                        (),
                                        {"help_text": "What the picture shows, for people who cannot see it.", "label": "Description"},
                                    ),
                                    9: ("wagtail.blocks.CharBlock", (), {"label": "Caption", "required": False}),
                                    10: ("wagtail.blocks.StructBlock", [[("image", 7), ("alternative", 8), ("caption", 9)]], {}),
                                    11: ("wagtail.contrib.table_block.blocks.TableBlock", (), {"label": "Table", "template": "docs_site/blocks/table.html"}),
                                    12: ("wagtail.blocks.TextBlock", (), {"icon": "code", "label": "Code", "template": "docs_site/blocks/code.html"}),
                                },
                                verbose_name="content",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "documentation home",
                        "verbose_name_plural": "documentation homes",
                    },
                    bases=("wagtailcore.page",),
                ),
                migrations.CreateModel(
                    name="DocumentVersion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveIntegerField(verbose_name="number")),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("in_review", "In review"), ("signed", "Signed"), ("rejected", "Rejected"), ("withdrawn", "Withdrawn")],
                                db_index=True,
                                default="in_review",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="what changed")),
                        ("content", models.JSONField(verbose_name="content")),
                        ("content_sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the content")),
                        ("pdf", models.FileField(blank=True, max_length=200, upload_to=foundation.uploads.UuidPath("documents/versions"), verbose_name="PDF")),
                        ("pdf_sha256", models.CharField(blank=True, db_index=True, max_length=64, verbose_name="SHA-256 of the PDF")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="sign by")),
                        ("reminded_on", models.DateField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(verbose_name="submitted at")),
                        ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="signed at")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                        ("close_reason", models.CharField(blank=True, max_length=1000, verbose_name="reason")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="closed by",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="submitted by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "document version",
                        "verbose_name_plural": "document versions",
                        "ordering": ["document", "-number"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("state", "signed"), _negated=True), ("signed_at__isnull", False), _connector="OR"),
                                name="version_signed_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pdf_sha256", ""), ("state", "signed"), _connector="OR"), name="version_pdf_only_when_signed"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalProjectDocument",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="code")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("charter", "Project charter"),
                                    ("minutes", "Meeting minutes"),
                                    ("research", "Research record"),
                                    ("requirements", "Requirement document"),
                                    ("blueprint", "Blueprint"),
                                    ("test_report", "Test report"),
                                    ("training_plan", "Training plan"),
                                    ("go_live_plan", "Go-live plan"),
                                    ("contingency", "Contingency plan"),
                                    ("checklist", "Checklist"),
                                    ("acceptance", "Acceptance report"),
                                    ("other", "Other document"),
                                ],
                                default="other",
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(choices=[("en", "English"), ("zh-hans", "简体中文")], default="zh-hans", max_length=10, verbose_name="language"),
                        ),
                        ("summary", models.CharField(blank=True, max_length=300, verbose_name="what it is for")),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("in_review", "In review"), ("signed", "Signed")],
                                db_index=True,
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("archived_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put away")),
                        ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "current_version",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="docs_site.documentversion",
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="people.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "updated_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical project document",
                        "verbose_name_plural": "historical project documents",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="ProjectDocument",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("charter", "Project charter"),
                                    ("minutes", "Meeting minutes"),
                                    ("research", "Research record"),
                                    ("requirements", "Requirement document"),
                                    ("blueprint", "Blueprint"),
                                    ("test_report", "Test report"),
                                    ("training_plan", "Training plan"),
                                    ("go_live_plan", "Go-live plan"),
                                    ("contingency", "Contingency plan"),
                                    ("checklist", "Checklist"),
                                    ("acceptance", "Acceptance report"),
                                    ("other", "Other document"),
                                ],
                                default="other",
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(choices=[("en", "English"), ("zh-hans", "简体中文")], default="zh-hans", max_length=10, verbose_name="language"),
                        ),
                        ("summary", models.CharField(blank=True, max_length=300, verbose_name="what it is for")),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("in_review", "In review"), ("signed", "Signed")],
                                db_index=True,
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("archived_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put away")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                        (
                            "current_version",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="docs_site.documentversion",
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="project_documents", to="people.department", verbose_name="department"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="project_documents", to=settings.AUTH_USER_MODEL, verbose_name="owner"
                            ),
                        ),
                        (
                            "updated_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "project document",
                        "verbose_name_plural": "project documents",
                        "ordering": ["-updated_at", "-pk"],
                        "indexes": [models.Index(fields=["-updated_at", "-id"], name="document_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("state", "signed"), _negated=True), ("current_version__isnull", False), _connector="OR"),
                                name="document_signed_has_version",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalDocumentSection",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("key", models.CharField(default=docs_site.models.document.new_key, editable=False, max_length=12)),
                        ("order", models.PositiveIntegerField(default=0, verbose_name="order")),
                        ("heading", models.CharField(max_length=200, verbose_name="heading")),
                        ("body", models.TextField(blank=True, verbose_name="text")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="docs_site.projectdocument",
                                verbose_name="document",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical section",
                        "verbose_name_plural": "historical sections",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.AddField(
                    model_name="documentversion",
                    name="document",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="docs_site.projectdocument", verbose_name="document"
                    ),
                ),
                migrations.CreateModel(
                    name="DocumentSection",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("key", models.CharField(default=docs_site.models.document.new_key, editable=False, max_length=12)),
                        ("order", models.PositiveIntegerField(default=0, verbose_name="order")),
                        ("heading", models.CharField(max_length=200, verbose_name="heading")),
                        ("body", models.TextField(blank=True, verbose_name="text")),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="docs_site.projectdocument", verbose_name="document"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "section",
                        "verbose_name_plural": "sections",
                        "ordering": ["document", "order", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("document", "key"), name="section_key_in_document")],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentReader",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("added_at", models.DateTimeField(auto_now_add=True, verbose_name="named at")),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="named by"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person"
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="readers", to="docs_site.projectdocument", verbose_name="document"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reader",
                        "verbose_name_plural": "readers",
                        "ordering": ["pk"],
                        "constraints": [models.UniqueConstraint(fields=("document", "user"), name="document_reader_once")],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentComment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("section_key", models.CharField(blank=True, max_length=12)),
                        ("body", models.TextField(max_length=4000, verbose_name="comment")),
                        ("created_at", models.DateTimeField(verbose_name="written at")),
                        ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resolved at")),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author"
                            ),
                        ),
                        (
                            "resolved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="resolved by",
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="docs_site.projectdocument", verbose_name="document"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "comment",
                        "verbose_name_plural": "comments",
                        "ordering": ["created_at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentAttachment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("file", models.FileField(max_length=200, upload_to=foundation.uploads.UuidPath("documents/attachments"), verbose_name="file")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("size", models.PositiveBigIntegerField(verbose_name="size")),
                        ("content_type", models.CharField(max_length=120)),
                        ("sha256", models.CharField(max_length=64)),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="uploaded at")),
                        ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="removed at")),
                        (
                            "removed_by",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="uploaded by"
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="docs_site.projectdocument", verbose_name="document"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "attachment",
                        "verbose_name_plural": "attachments",
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="SignatureRequest",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "meaning",
                            models.CharField(
                                choices=[("author", "Author"), ("reviewed", "Reviewed"), ("approved", "Approved"), ("accepted", "Accepted")],
                                max_length=10,
                                verbose_name="meaning",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked at")),
                        (
                            "signer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signature_requests",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="signer",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="docs_site.documentversion", verbose_name="version"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signature request",
                        "verbose_name_plural": "signature requests",
                        "ordering": ["version", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("version", "signer"), name="signature_asked_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Signature",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("signer_name", models.CharField(max_length=80, verbose_name="name at the time")),
                        ("role", models.CharField(blank=True, max_length=80, verbose_name="role at the time")),
                        (
                            "meaning",
                            models.CharField(
                                choices=[("author", "Author"), ("reviewed", "Reviewed"), ("approved", "Approved"), ("accepted", "Accepted")],
                                max_length=10,
                                verbose_name="meaning",
                            ),
                        ),
                        ("statement", models.CharField(max_length=500, verbose_name="statement")),
                        ("signed_at", models.DateTimeField(verbose_name="signed at")),
                        ("content_sha256", models.CharField(max_length=64)),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="people.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "signed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="signed by"
                            ),
                        ),
                        (
                            "signer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to=settings.AUTH_USER_MODEL, verbose_name="signer"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to="docs_site.documentversion", verbose_name="version"
                            ),
                        ),
                        (
                            "request",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="signature", to="docs_site.signaturerequest", verbose_name="request"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signature",
                        "verbose_name_plural": "signatures",
                        "ordering": ["version", "signed_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "signer"), name="signature_once"),
                            models.UniqueConstraint(fields=("version", "signed_by"), name="signature_one_password_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GuideVote",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("helpful", models.BooleanField(verbose_name="helpful")),
                        ("voted_at", models.DateTimeField(verbose_name="answered at")),
                        ("page", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="wagtailcore.page", verbose_name="page")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "helpfulness vote",
                        "verbose_name_plural": "helpfulness votes",
                        "ordering": ["pk"],
                        "constraints": [models.UniqueConstraint(fields=("page", "user"), name="guide_vote_once")],
                    },
                ),
                migrations.AddConstraint(
                    model_name="documentversion",
                    constraint=models.UniqueConstraint(fields=("document", "number"), name="version_number_in_document"),
                ),
                migrations.AddConstraint(
                    model_name="documentversion",
                    constraint=models.UniqueConstraint(condition=models.Q(("state", "in_review")), fields=("document",), name="version_in_review_once"),
                ),
            ]
        ),
    ]
