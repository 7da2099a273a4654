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
        ("mfa", "0003_authenticator_type_uniq"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("requirements_mgmt", "0001_initial"),
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
                    name="HistoricalProcedure",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="code")),
                        ("title", models.CharField(max_length=120, verbose_name="title")),
                        ("title_en", models.CharField(blank=True, max_length=120, verbose_name="English title")),
                        ("summary", models.TextField(blank=True, max_length=2000, verbose_name="what it is for")),
                        ("summary_en", models.TextField(blank=True, max_length=2000, verbose_name="what it is for, in English")),
                        ("before", models.TextField(blank=True, max_length=2000, verbose_name="how it was done before")),
                        ("before_en", models.TextField(blank=True, max_length=2000, verbose_name="how it was done before, in English")),
                        ("after", models.TextField(blank=True, max_length=2000, verbose_name="what rule holds now")),
                        ("after_en", models.TextField(blank=True, max_length=2000, verbose_name="what rule holds now, in English")),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "fingerprint",
                            models.CharField(
                                blank=True, editable=False, help_text="SHA-256 over the steps as published.", max_length=64, verbose_name="fingerprint"
                            ),
                        ),
                        ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="published")),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("created_at", models.DateTimeField(blank=True, editable=False)),
                        ("updated_at", models.DateTimeField(blank=True, editable=False)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
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
                        "verbose_name": "historical procedure",
                        "verbose_name_plural": "historical procedures",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Procedure",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                        ("title", models.CharField(max_length=120, verbose_name="title")),
                        ("title_en", models.CharField(blank=True, max_length=120, verbose_name="English title")),
                        ("summary", models.TextField(blank=True, max_length=2000, verbose_name="what it is for")),
                        ("summary_en", models.TextField(blank=True, max_length=2000, verbose_name="what it is for, in English")),
                        ("before", models.TextField(blank=True, max_length=2000, verbose_name="how it was done before")),
                        ("before_en", models.TextField(blank=True, max_length=2000, verbose_name="how it was done before, in English")),
                        ("after", models.TextField(blank=True, max_length=2000, verbose_name="what rule holds now")),
                        ("after_en", models.TextField(blank=True, max_length=2000, verbose_name="what rule holds now, in English")),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "fingerprint",
                            models.CharField(
                                blank=True, editable=False, help_text="SHA-256 over the steps as published.", max_length=64, verbose_name="fingerprint"
                            ),
                        ),
                        ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="published")),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="procedures", to=settings.AUTH_USER_MODEL, verbose_name="owner"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="procedures",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "procedure",
                        "verbose_name_plural": "procedures",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalTrainingAssignment",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("due_on", models.DateField(verbose_name="due")),
                        ("created_at", models.DateTimeField(blank=True, editable=False)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "assigned_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="assigned by",
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
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="learner",
                            ),
                        ),
                        (
                            "procedure",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="training.procedure",
                                verbose_name="procedure",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical training assignment",
                        "verbose_name_plural": "historical training assignments",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Completion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("started_at", models.DateTimeField(verbose_name="started")),
                        ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="completed")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="completions", to=settings.AUTH_USER_MODEL, verbose_name="learner"
                            ),
                        ),
                        (
                            "procedure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="completions", to="training.procedure", verbose_name="procedure"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "completion",
                        "verbose_name_plural": "completions",
                        "ordering": ["-started_at", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("user", "procedure", "fingerprint"), name="completion_once_per_fingerprint")],
                    },
                ),
                migrations.CreateModel(
                    name="ProcedureRole",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("role", models.CharField(max_length=40, verbose_name="role")),
                        ("procedure", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="procedure_roles", to="training.procedure")),
                    ],
                    options={
                        "verbose_name": "role of a procedure",
                        "verbose_name_plural": "roles of procedures",
                        "constraints": [models.UniqueConstraint(fields=("procedure", "role"), name="procedure_role_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ProcedureStep",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                        ("text", models.CharField(max_length=500, verbose_name="words")),
                        ("text_en", models.CharField(blank=True, max_length=500, verbose_name="English words")),
                        (
                            "action",
                            models.CharField(
                                choices=[("go", "Go to"), ("find", "Find"), ("fill", "Fill in"), ("choose", "Choose"), ("save", "Save"), ("expect", "Check")],
                                max_length=10,
                                verbose_name="action",
                            ),
                        ),
                        (
                            "element_role",
                            models.CharField(
                                blank=True,
                                help_text="As a screen reader names it: button, link, textbox, combobox.",
                                max_length=30,
                                verbose_name="element's role",
                            ),
                        ),
                        ("element_name", models.CharField(blank=True, max_length=120, verbose_name="element's name")),
                        ("element_name_en", models.CharField(blank=True, max_length=120, verbose_name="element's English name")),
                        ("permission", models.CharField(blank=True, help_text="Shown only to readers who hold it.", max_length=100, verbose_name="permission")),
                        ("expected_verb", models.CharField(blank=True, max_length=20, verbose_name="expected verb")),
                        (
                            "expected_feature",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="usage.feature",
                                verbose_name="expected event",
                            ),
                        ),
                        ("procedure", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="training.procedure")),
                        (
                            "screen",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="usage.feature", verbose_name="screen"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "step",
                        "verbose_name_plural": "steps",
                        "ordering": ["procedure", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("procedure", "order"), name="procedure_step_order_once"),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("action", "expect"), _negated=True), ("expected_feature__isnull", False), _connector="OR"),
                                name="procedure_step_expect_names_event",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StepCompletion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("done_at", models.DateTimeField(verbose_name="done")),
                        (
                            "completion",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="step_completions", to="training.completion"),
                        ),
                        ("event", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="usage.usageevent")),
                        ("step", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="training.procedurestep")),
                    ],
                    options={
                        "verbose_name": "step done",
                        "verbose_name_plural": "steps done",
                        "constraints": [models.UniqueConstraint(fields=("completion", "step"), name="step_completion_once")],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingAssignment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("due_on", models.DateField(verbose_name="due")),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "assigned_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="assigned by"
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.department", verbose_name="department"
                            ),
                        ),
                        (
                            "procedure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="training.procedure", verbose_name="procedure"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="training_assignments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="learner",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "training assignment",
                        "verbose_name_plural": "training assignments",
                        "ordering": ["due_on", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("user", "procedure"), name="training_assignment_once")],
                    },
                ),
            ]
        ),
    ]
