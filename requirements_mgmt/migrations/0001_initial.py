import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from foundation.schema import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("implementation", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("sessions", "0001_initial"),
        ("simple_translation", "0001_initial"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
        ("usage", "0002_append_only"),
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
                    name="DataObject",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=80, verbose_name="English name")),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="data_objects", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "data object",
                        "verbose_name_plural": "data objects",
                        "ordering": ["name", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("rollout", "name"), name="data_object_name_in_rollout")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalDataObject",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=80, verbose_name="English name")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.rollout",
                                verbose_name="rollout",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical data object",
                        "verbose_name_plural": "historical data objects",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRequirement",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "is_heading",
                            models.BooleanField(default=False, help_text="A heading groups requirements; nobody confirms it.", verbose_name="heading"),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("statement", models.TextField(blank=True, validators=[django.core.validators.MaxLengthValidator(20000)], verbose_name="statement")),
                        (
                            "scenario",
                            models.TextField(
                                blank=True,
                                help_text="Who does what, when and why.",
                                validators=[django.core.validators.MaxLengthValidator(20000)],
                                verbose_name="scenario",
                            ),
                        ),
                        (
                            "source_kind",
                            models.CharField(
                                choices=[
                                    ("interview", "Interview"),
                                    ("observation", "Observation"),
                                    ("document", "Document"),
                                    ("ticket", "Ticket"),
                                    ("standard", "Standard"),
                                    ("law", "Law"),
                                    ("usage", "Usage figures"),
                                    ("other", "Other"),
                                ],
                                default="interview",
                                max_length=20,
                                verbose_name="kind of source",
                            ),
                        ),
                        ("source", models.CharField(blank=True, help_text="Who said it or where it stands.", max_length=200, verbose_name="source")),
                        (
                            "priority",
                            models.CharField(
                                choices=[("must", "Must"), ("should", "Should"), ("could", "Could"), ("wont", "Won't")],
                                default="should",
                                max_length=10,
                                verbose_name="priority",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[("department", "Department"), ("collaboration", "Collaboration"), ("enterprise", "Enterprise")],
                                default="department",
                                max_length=20,
                                verbose_name="level",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("open", "Open"), ("confirmed", "Confirmed"), ("dropped", "Dropped")],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("state_reason", models.CharField(blank=True, help_text="Why it was dropped or restored.", max_length=300, verbose_name="reason")),
                        (
                            "roles",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Keys of the roles that shall work this way; empty means everybody.",
                                verbose_name="meant for",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="written")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="written by",
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
                            "rollout",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.rollout",
                                verbose_name="rollout",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical requirement",
                        "verbose_name_plural": "historical requirements",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRequirementImport",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("file", models.TextField(max_length=200, verbose_name="file")),
                        ("file_name", models.CharField(max_length=200, verbose_name="file name")),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("sheet", "Plain sheet"), ("asvs", "Chapters, sections and requirements")],
                                default="sheet",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "mapping",
                            models.JSONField(blank=True, default=dict, help_text="Heading of the sheet to field of the requirement.", verbose_name="columns"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("checked", "Checked"), ("running", "Running"), ("done", "Done"), ("undone", "Undone")],
                                default="checked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="imported")),
                        ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="applied")),
                        ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="imported by",
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="For rows that name no department.",
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
                            "rollout",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.rollout",
                                verbose_name="rollout",
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="undone by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical requirement import",
                        "verbose_name_plural": "historical requirement imports",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalTrace",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("source_type", models.CharField(max_length=20, verbose_name="from what")),
                        ("source_id", models.BigIntegerField(verbose_name="from which")),
                        ("target_type", models.CharField(max_length=20, verbose_name="to what")),
                        ("target_id", models.BigIntegerField(verbose_name="to which")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("refines", "refines"),
                                    ("depends", "depends on"),
                                    ("conflicts", "conflicts with"),
                                    ("satisfies", "satisfies"),
                                    ("verifies", "verifies"),
                                    ("documents", "documents"),
                                    ("measures", "measures"),
                                ],
                                max_length=20,
                                verbose_name="kind of link",
                            ),
                        ),
                        ("source_hash", models.CharField(editable=False, max_length=64)),
                        ("target_hash", models.CharField(editable=False, max_length=64)),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        ("created_at", models.DateTimeField(verbose_name="linked")),
                        ("cleared_at", models.DateTimeField(blank=True, null=True, verbose_name="checked")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "cleared_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="linked by",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                    ],
                    options={
                        "verbose_name": "historical trace link",
                        "verbose_name_plural": "historical trace links",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Requirement",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "is_heading",
                            models.BooleanField(default=False, help_text="A heading groups requirements; nobody confirms it.", verbose_name="heading"),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("code_key", models.CharField(db_index=True, editable=False, max_length=200)),
                        (
                            "number",
                            models.PositiveIntegerField(
                                editable=False, help_text="Running number in rollout and department; none for imported codes.", null=True
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("statement", models.TextField(blank=True, validators=[django.core.validators.MaxLengthValidator(20000)], verbose_name="statement")),
                        (
                            "scenario",
                            models.TextField(
                                blank=True,
                                help_text="Who does what, when and why.",
                                validators=[django.core.validators.MaxLengthValidator(20000)],
                                verbose_name="scenario",
                            ),
                        ),
                        (
                            "source_kind",
                            models.CharField(
                                choices=[
                                    ("interview", "Interview"),
                                    ("observation", "Observation"),
                                    ("document", "Document"),
                                    ("ticket", "Ticket"),
                                    ("standard", "Standard"),
                                    ("law", "Law"),
                                    ("usage", "Usage figures"),
                                    ("other", "Other"),
                                ],
                                default="interview",
                                max_length=20,
                                verbose_name="kind of source",
                            ),
                        ),
                        ("source", models.CharField(blank=True, help_text="Who said it or where it stands.", max_length=200, verbose_name="source")),
                        (
                            "priority",
                            models.CharField(
                                choices=[("must", "Must"), ("should", "Should"), ("could", "Could"), ("wont", "Won't")],
                                default="should",
                                max_length=10,
                                verbose_name="priority",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[("department", "Department"), ("collaboration", "Collaboration"), ("enterprise", "Enterprise")],
                                default="department",
                                max_length=20,
                                verbose_name="level",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("open", "Open"), ("confirmed", "Confirmed"), ("dropped", "Dropped")],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("state_reason", models.CharField(blank=True, help_text="Why it was dropped or restored.", max_length=300, verbose_name="reason")),
                        (
                            "roles",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Keys of the roles that shall work this way; empty means everybody.",
                                verbose_name="meant for",
                            ),
                        ),
                        (
                            "content_hash",
                            models.CharField(blank=True, editable=False, help_text="SHA-256 over the covered fields as they stand.", max_length=64),
                        ),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="written")),
                        ("text_changed_at", models.DateTimeField(editable=False, null=True, verbose_name="text changed")),
                        (
                            "created_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="written by",
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="requirements", to="people.department", verbose_name="department"
                            ),
                        ),
                        ("features", models.ManyToManyField(blank=True, related_name="requirements", to="usage.feature", verbose_name="features")),
                        ("inputs", models.ManyToManyField(blank=True, related_name="taken_by", to="requirements_mgmt.dataobject", verbose_name="inputs")),
                        ("outputs", models.ManyToManyField(blank=True, related_name="made_by", to="requirements_mgmt.dataobject", verbose_name="outputs")),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requirements_owned",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="requirements_mgmt.requirement",
                                verbose_name="part of",
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="requirements", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "requirement",
                        "verbose_name_plural": "requirements",
                        "ordering": ["code_key", "pk"],
                        "indexes": [
                            models.Index(fields=["rollout", "parent", "code_key"], name="requirement_tree"),
                            models.Index(fields=["rollout", "state", "priority"], name="requirement_board"),
                            models.Index(fields=["rollout", "department", "number"], name="requirement_number"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("rollout", "code"), name="requirement_code_in_rollout"),
                            models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="requirement_has_code"),
                            models.CheckConstraint(condition=models.Q(("parent", models.F("pk")), _negated=True), name="requirement_not_its_own_parent"),
                            models.CheckConstraint(
                                condition=models.Q(("priority__in", ["must", "should", "could", "wont"])), name="requirement_priority_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["draft", "open", "confirmed", "dropped"])), name="requirement_state_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalRequirementComment",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("body", models.TextField(max_length=5000, verbose_name="comment")),
                        ("created_at", models.DateTimeField(verbose_name="written")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="author",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical comment",
                        "verbose_name_plural": "historical comments",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRequirementAttachment",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("file", models.TextField(max_length=200, verbose_name="file")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("size", models.PositiveBigIntegerField(default=0, verbose_name="size")),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="uploaded by",
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical attachment",
                        "verbose_name_plural": "historical attachments",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRequirement_outputs",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "dataobject",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.dataobject",
                            ),
                        ),
                        (
                            "history",
                            models.ForeignKey(
                                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="requirements_mgmt.historicalrequirement"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalRequirement_outputs",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRequirement_inputs",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "dataobject",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.dataobject",
                            ),
                        ),
                        (
                            "history",
                            models.ForeignKey(
                                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="requirements_mgmt.historicalrequirement"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalRequirement_inputs",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRequirement_features",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "feature",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="usage.feature",
                            ),
                        ),
                        (
                            "history",
                            models.ForeignKey(
                                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="requirements_mgmt.historicalrequirement"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalRequirement_features",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.AddField(
                    model_name="historicalrequirement",
                    name="parent",
                    field=models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="requirements_mgmt.requirement",
                        verbose_name="part of",
                    ),
                ),
                migrations.CreateModel(
                    name="HistoricalConfirmation",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("asked", "Asked"), ("confirm", "Confirmed"), ("object", "Objected"), ("ask", "Question"), ("withdrawn", "Withdrawn")],
                                default="asked",
                                max_length=10,
                                verbose_name="answer",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=2000, verbose_name="note")),
                        ("content_hash", models.CharField(editable=False, max_length=64)),
                        ("asked_at", models.DateTimeField(verbose_name="asked")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                        ("is_latest", models.BooleanField(default=False, editable=False, help_text="The person's latest answer to this requirement.")),
                        ("reply", models.CharField(blank=True, max_length=2000, verbose_name="reply")),
                        ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="replied")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="A deputy, where one answered.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answered by",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "replied_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="replied by",
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical confirmation",
                        "verbose_name_plural": "historical confirmations",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalChangeRequest",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(max_length=20, verbose_name="code")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("reason", models.TextField(max_length=5000, verbose_name="reason")),
                        ("evidence", models.JSONField(blank=True, default=dict, verbose_name="evidence")),
                        (
                            "impact",
                            models.JSONField(
                                default=dict, editable=False, help_text="What hung on the requirement when it was decided.", verbose_name="impact"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected"), ("done", "Done")],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                        ("decision_reason", models.CharField(blank=True, max_length=1000, verbose_name="reason for the decision")),
                        ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decided by",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="opened by",
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.rollout",
                                verbose_name="rollout",
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical change request",
                        "verbose_name_plural": "historical change requests",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Confirmation",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("asked", "Asked"), ("confirm", "Confirmed"), ("object", "Objected"), ("ask", "Question"), ("withdrawn", "Withdrawn")],
                                default="asked",
                                max_length=10,
                                verbose_name="answer",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=2000, verbose_name="note")),
                        (
                            "content",
                            models.JSONField(
                                default=dict,
                                editable=False,
                                help_text="The covered fields as they were read when this was asked or answered.",
                                verbose_name="text",
                            ),
                        ),
                        ("content_hash", models.CharField(editable=False, max_length=64)),
                        ("asked_at", models.DateTimeField(verbose_name="asked")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                        ("is_latest", models.BooleanField(default=False, editable=False, help_text="The person's latest answer to this requirement.")),
                        ("reply", models.CharField(blank=True, max_length=2000, verbose_name="reply")),
                        ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="replied")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="A deputy, where one answered.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answered by",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="confirmations", to=settings.AUTH_USER_MODEL, verbose_name="person"
                            ),
                        ),
                        (
                            "replied_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="replied by",
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "confirmation",
                        "verbose_name_plural": "confirmations",
                        "ordering": ["-asked_at", "-pk"],
                        "indexes": [models.Index(fields=["person", "verdict"], name="confirmation_person_waiting")],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("verdict", "asked")), fields=("requirement", "person"), name="confirmation_asked_once"),
                            models.UniqueConstraint(condition=models.Q(("is_latest", True)), fields=("requirement", "person"), name="confirmation_latest_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verdict__in", ["asked", "withdrawn"]),
                                    models.Q(("answered_at__isnull", False), ("answered_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="confirmation_answer_has_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("is_latest", False), models.Q(("verdict__in", ["asked", "withdrawn"]), _negated=True), _connector="OR"),
                                name="confirmation_latest_is_answer",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChangeRequest",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=20, verbose_name="code")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("reason", models.TextField(max_length=5000, verbose_name="reason")),
                        ("evidence", models.JSONField(blank=True, default=dict, verbose_name="evidence")),
                        (
                            "impact",
                            models.JSONField(
                                default=dict, editable=False, help_text="What hung on the requirement when it was decided.", verbose_name="impact"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected"), ("done", "Done")],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                        ("decision_reason", models.CharField(blank=True, max_length=1000, verbose_name="reason for the decision")),
                        ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decided by",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="change_requests_opened",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="opened by",
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="change_requests", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="change_requests",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change request",
                        "verbose_name_plural": "change requests",
                        "ordering": ["-opened_at", "-pk"],
                        "indexes": [models.Index(fields=["rollout", "state"], name="change_request_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("rollout", "code"), name="change_request_code_in_rollout"),
                            models.CheckConstraint(
                                condition=models.Q(("state", "open"), models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)), _connector="OR"),
                                name="change_request_decision_has_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequirementAttachment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("file", models.FileField(max_length=200, upload_to="requirements/%Y/", verbose_name="file")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("size", models.PositiveBigIntegerField(default=0, verbose_name="size")),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                        (
                            "requirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="uploaded by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "attachment",
                        "verbose_name_plural": "attachments",
                        "ordering": ["uploaded_at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="RequirementComment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("body", models.TextField(max_length=5000, verbose_name="comment")),
                        ("created_at", models.DateTimeField(verbose_name="written")),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comments",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
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
                    name="RequirementImport",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("file", models.FileField(max_length=200, upload_to="imports/%Y/", verbose_name="file")),
                        ("file_name", models.CharField(max_length=200, verbose_name="file name")),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("sheet", "Plain sheet"), ("asvs", "Chapters, sections and requirements")],
                                default="sheet",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "mapping",
                            models.JSONField(blank=True, default=dict, help_text="Heading of the sheet to field of the requirement.", verbose_name="columns"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("checked", "Checked"), ("running", "Running"), ("done", "Done"), ("undone", "Undone")],
                                default="checked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                        ("created_at", models.DateTimeField(verbose_name="imported")),
                        ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="applied")),
                        ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="imported by"
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                help_text="For rows that name no department.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="people.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requirement_imports",
                                to="implementation.rollout",
                                verbose_name="rollout",
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="undone by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "requirement import",
                        "verbose_name_plural": "requirement imports",
                        "ordering": ["-created_at", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="RequirementImportRow",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("order", models.PositiveIntegerField()),
                        (
                            "number",
                            models.PositiveIntegerField(help_text="As the spreadsheet counts; headings made from a row share its number.", verbose_name="row"),
                        ),
                        ("is_heading", models.BooleanField(default=False, verbose_name="heading")),
                        ("code", models.CharField(blank=True, max_length=40, verbose_name="code")),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("create", "Create"), ("update", "Update"), ("skip", "Unchanged"), ("refuse", "Refused")],
                                max_length=10,
                                verbose_name="verdict",
                            ),
                        ),
                        ("values", models.JSONField(default=dict)),
                        ("raw", models.JSONField(default=list)),
                        ("reasons", models.JSONField(default=list, help_text="Why cells were refused: column and sentence.")),
                        ("before", models.JSONField(blank=True, help_text="The fields as they were before this row changed them.", null=True)),
                        ("version_after", models.PositiveIntegerField(blank=True, null=True)),
                        ("applied_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="requirements_mgmt.requirementimport",
                                verbose_name="import",
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="import_rows",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "import row",
                        "verbose_name_plural": "import rows",
                        "ordering": ["batch", "order"],
                        "indexes": [models.Index(fields=["batch", "verdict", "applied_at"], name="requirement_import_todo")],
                        "constraints": [models.UniqueConstraint(fields=("batch", "order"), name="requirement_import_row_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Trace",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("source_type", models.CharField(max_length=20, verbose_name="from what")),
                        ("source_id", models.BigIntegerField(verbose_name="from which")),
                        ("target_type", models.CharField(max_length=20, verbose_name="to what")),
                        ("target_id", models.BigIntegerField(verbose_name="to which")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("refines", "refines"),
                                    ("depends", "depends on"),
                                    ("conflicts", "conflicts with"),
                                    ("satisfies", "satisfies"),
                                    ("verifies", "verifies"),
                                    ("documents", "documents"),
                                    ("measures", "measures"),
                                ],
                                max_length=20,
                                verbose_name="kind of link",
                            ),
                        ),
                        ("source_hash", models.CharField(editable=False, max_length=64)),
                        ("target_hash", models.CharField(editable=False, max_length=64)),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        ("created_at", models.DateTimeField(verbose_name="linked")),
                        ("cleared_at", models.DateTimeField(blank=True, null=True, verbose_name="checked")),
                        (
                            "cleared_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="linked by"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "trace link",
                        "verbose_name_plural": "trace links",
                        "ordering": ["kind", "pk"],
                        "indexes": [models.Index(fields=["target_type", "target_id"], name="trace_target")],
                        "constraints": [
                            models.UniqueConstraint(fields=("source_type", "source_id", "target_type", "target_id", "kind"), name="trace_once"),
                            models.CheckConstraint(
                                condition=models.Q(("source_id", models.F("target_id")), ("source_type", models.F("target_type")), _negated=True),
                                name="trace_joins_two_things",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["refines", "depends", "conflicts", "satisfies", "verifies", "documents", "measures"])),
                                name="trace_kind_known",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
