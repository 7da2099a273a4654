import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

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
                    name="Diagnosis",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("day", models.DateField(verbose_name="day")),
                        ("role", models.CharField(max_length=40, verbose_name="role")),
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("not_trained", "Not trained: plan a batch"),
                                    ("no_motive", "Trained but unused, without friction: the process or the rule does not fit, ask the liaison"),
                                    ("friction", "Trained, many failed saves: the screen or a bug stands in the way"),
                                    ("costly_entry", "Entered late: entry costs too much at the moment of work"),
                                    ("unclear_rule", "Incomplete in one department: the data rule is unclear"),
                                    ("silent", "Unused and no ticket: silent resistance, liaison and sponsor visit"),
                                ],
                                max_length=20,
                                verbose_name="likely cause",
                            ),
                        ),
                        (
                            "metric",
                            models.CharField(
                                choices=[
                                    ("active_ratio", "Active ratio"),
                                    ("entry_lag", "Entered within a day"),
                                    ("completeness", "Completeness"),
                                    ("first_pass", "Saved at the first try"),
                                    ("training", "Trained"),
                                    ("ticket_rate", "Tickets per active person"),
                                ],
                                max_length=20,
                                verbose_name="metric",
                            ),
                        ),
                        ("figures", models.JSONField(default=dict, verbose_name="figures")),
                        (
                            "department",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.department", verbose_name="department"),
                        ),
                    ],
                    options={
                        "verbose_name": "diagnosis",
                        "verbose_name_plural": "diagnoses",
                        "ordering": ["-day", "department_id", "role"],
                        "constraints": [models.UniqueConstraint(fields=("day", "department", "role", "cause"), name="diagnosis_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalBacklogItem",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, editable=False, max_length=20, verbose_name="number")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("training", "Training"),
                                    ("product", "Product"),
                                    ("rule", "Data rule and manual"),
                                    ("process", "Process or requirement"),
                                    ("visit", "Visit by liaison and sponsor"),
                                ],
                                max_length=10,
                                verbose_name="kind of work",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("proposed", "Proposed"), ("accepted", "Accepted"), ("declined", "Declined"), ("done", "Done")],
                                default="proposed",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("role", models.CharField(blank=True, max_length=40, verbose_name="role")),
                        (
                            "metric",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("active_ratio", "Active ratio"),
                                    ("entry_lag", "Entered within a day"),
                                    ("completeness", "Completeness"),
                                    ("first_pass", "Saved at the first try"),
                                    ("training", "Trained"),
                                    ("ticket_rate", "Tickets per active person"),
                                ],
                                max_length=20,
                                verbose_name="metric",
                            ),
                        ),
                        ("evidence", models.JSONField(blank=True, default=dict, verbose_name="evidence")),
                        ("size", models.PositiveSmallIntegerField(default=3, help_text="1, 2, 3, 5, 8 or 13.", verbose_name="size")),
                        ("score", models.FloatField(default=0, verbose_name="score")),
                        ("score_parts", models.JSONField(blank=True, default=dict, verbose_name="how the score came about")),
                        ("decision_note", models.CharField(blank=True, max_length=1000, verbose_name="reason")),
                        ("created_at", models.DateTimeField(verbose_name="proposed")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "change_request",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="requirements_mgmt.changerequest",
                                verbose_name="change request",
                            ),
                        ),
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
                            "diagnosis",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="feedback.diagnosis",
                                verbose_name="diagnosis",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="proposed by",
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
                        "verbose_name": "historical backlog item",
                        "verbose_name_plural": "historical backlog items",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="MetricValue",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "metric",
                            models.CharField(
                                choices=[
                                    ("active_ratio", "Active ratio"),
                                    ("entry_lag", "Entered within a day"),
                                    ("completeness", "Completeness"),
                                    ("first_pass", "Saved at the first try"),
                                    ("training", "Trained"),
                                    ("ticket_rate", "Tickets per active person"),
                                ],
                                max_length=20,
                                verbose_name="metric",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="day")),
                        ("role", models.CharField(max_length=40, verbose_name="role")),
                        ("numerator", models.FloatField(verbose_name="numerator")),
                        ("denominator", models.FloatField(verbose_name="denominator")),
                        ("value", models.FloatField(null=True, verbose_name="value")),
                        (
                            "people",
                            models.PositiveIntegerField(
                                default=0, help_text="How many people stand behind the number; small groups are not shown.", verbose_name="people"
                            ),
                        ),
                        ("mean_hours", models.FloatField(blank=True, null=True, verbose_name="mean hours")),
                        (
                            "department",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.department", verbose_name="department"),
                        ),
                    ],
                    options={
                        "verbose_name": "metric value",
                        "verbose_name_plural": "metric values",
                        "ordering": ["-day", "metric", "department_id", "role"],
                        "constraints": [models.UniqueConstraint(fields=("metric", "day", "department", "role"), name="metric_value_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Ticket",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(editable=False, max_length=20, unique=True, verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("question", "Question"), ("bug", "Bug"), ("need", "Special need"), ("other", "Other")],
                                default="question",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "severity",
                            models.CharField(
                                choices=[("stops", "I cannot work"), ("hinders", "I can work around it"), ("annoys", "It annoys")],
                                default="hinders",
                                max_length=10,
                                verbose_name="how bad",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="in one sentence")),
                        ("body", models.TextField(blank=True, max_length=10000, verbose_name="what happened")),
                        ("screenshot", models.FileField(blank=True, upload_to=foundation.uploads.UuidPath("tickets"), verbose_name="screenshot")),
                        ("page_url", models.CharField(blank=True, max_length=500, verbose_name="page")),
                        (
                            "trail",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="The reporter's last events as the server recorded them; no values.",
                                verbose_name="steps before",
                            ),
                        ),
                        ("build", models.CharField(blank=True, max_length=40, verbose_name="build")),
                        ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("liaison", "With the liaison"),
                                    ("returned", "Returned for more words"),
                                    ("team", "With the team"),
                                    ("fixing", "Being fixed"),
                                    ("fixed", "Fixed, reporter to be told"),
                                    ("answered", "Answered"),
                                    ("closed", "Closed"),
                                    ("merged", "Merged into another"),
                                ],
                                default="liaison",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("analysis", models.TextField(blank=True, max_length=10000, verbose_name="analysis")),
                        ("fix_note", models.TextField(blank=True, max_length=4000, verbose_name="what was fixed")),
                        (
                            "source_key",
                            models.CharField(
                                blank=True,
                                help_text="For reports brought in from elsewhere; each only once.",
                                max_length=60,
                                verbose_name="number at its source",
                            ),
                        ),
                        ("created_at", models.DateTimeField(db_index=True, verbose_name="reported")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        (
                            "assignee",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assigned_tickets",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="assignee",
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tickets",
                                to="people.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "feature",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="usage.feature",
                                verbose_name="feature",
                            ),
                        ),
                        (
                            "liaison",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="liaison_tickets",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="liaison",
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged",
                                to="feedback.ticket",
                                verbose_name="merged into",
                            ),
                        ),
                        (
                            "reporter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="tickets", to=settings.AUTH_USER_MODEL, verbose_name="reporter"
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ticket",
                        "verbose_name_plural": "tickets",
                        "ordering": ["-created_at", "-pk"],
                        "indexes": [models.Index(fields=["state", "created_at"], name="ticket_state")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("source_key", ""), _negated=True), fields=("source_key",), name="ticket_source_key_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("merged_into__isnull", True), ("state", "merged"), _connector="OR"), name="ticket_merged_state"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalTicket",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, editable=False, max_length=20, verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("question", "Question"), ("bug", "Bug"), ("need", "Special need"), ("other", "Other")],
                                default="question",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "severity",
                            models.CharField(
                                choices=[("stops", "I cannot work"), ("hinders", "I can work around it"), ("annoys", "It annoys")],
                                default="hinders",
                                max_length=10,
                                verbose_name="how bad",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="in one sentence")),
                        ("body", models.TextField(blank=True, max_length=10000, verbose_name="what happened")),
                        ("screenshot", models.TextField(blank=True, max_length=100, verbose_name="screenshot")),
                        ("page_url", models.CharField(blank=True, max_length=500, verbose_name="page")),
                        ("build", models.CharField(blank=True, max_length=40, verbose_name="build")),
                        ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("liaison", "With the liaison"),
                                    ("returned", "Returned for more words"),
                                    ("team", "With the team"),
                                    ("fixing", "Being fixed"),
                                    ("fixed", "Fixed, reporter to be told"),
                                    ("answered", "Answered"),
                                    ("closed", "Closed"),
                                    ("merged", "Merged into another"),
                                ],
                                default="liaison",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("analysis", models.TextField(blank=True, max_length=10000, verbose_name="analysis")),
                        ("fix_note", models.TextField(blank=True, max_length=4000, verbose_name="what was fixed")),
                        (
                            "source_key",
                            models.CharField(
                                blank=True,
                                help_text="For reports brought in from elsewhere; each only once.",
                                max_length=60,
                                verbose_name="number at its source",
                            ),
                        ),
                        ("created_at", models.DateTimeField(db_index=True, verbose_name="reported")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "assignee",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="assignee",
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
                            "feature",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="usage.feature",
                                verbose_name="feature",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "liaison",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="liaison",
                            ),
                        ),
                        (
                            "reporter",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="reporter",
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
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="feedback.ticket",
                                verbose_name="merged into",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical ticket",
                        "verbose_name_plural": "historical tickets",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="BacklogItem",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(editable=False, max_length=20, unique=True, verbose_name="number")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("training", "Training"),
                                    ("product", "Product"),
                                    ("rule", "Data rule and manual"),
                                    ("process", "Process or requirement"),
                                    ("visit", "Visit by liaison and sponsor"),
                                ],
                                max_length=10,
                                verbose_name="kind of work",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("proposed", "Proposed"), ("accepted", "Accepted"), ("declined", "Declined"), ("done", "Done")],
                                default="proposed",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("role", models.CharField(blank=True, max_length=40, verbose_name="role")),
                        (
                            "metric",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("active_ratio", "Active ratio"),
                                    ("entry_lag", "Entered within a day"),
                                    ("completeness", "Completeness"),
                                    ("first_pass", "Saved at the first try"),
                                    ("training", "Trained"),
                                    ("ticket_rate", "Tickets per active person"),
                                ],
                                max_length=20,
                                verbose_name="metric",
                            ),
                        ),
                        ("evidence", models.JSONField(blank=True, default=dict, verbose_name="evidence")),
                        ("size", models.PositiveSmallIntegerField(default=3, help_text="1, 2, 3, 5, 8 or 13.", verbose_name="size")),
                        ("score", models.FloatField(default=0, verbose_name="score")),
                        ("score_parts", models.JSONField(blank=True, default=dict, verbose_name="how the score came about")),
                        ("decision_note", models.CharField(blank=True, max_length=1000, verbose_name="reason")),
                        ("created_at", models.DateTimeField(verbose_name="proposed")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
                        (
                            "change_request",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="backlog_items",
                                to="requirements_mgmt.changerequest",
                                verbose_name="change request",
                            ),
                        ),
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
                            "proposed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="proposed by",
                            ),
                        ),
                        (
                            "requirement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="backlog_items",
                                to="requirements_mgmt.requirement",
                                verbose_name="requirement",
                            ),
                        ),
                        (
                            "diagnosis",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="backlog_items",
                                to="feedback.diagnosis",
                                verbose_name="diagnosis",
                            ),
                        ),
                        ("tickets", models.ManyToManyField(blank=True, related_name="backlog_items", to="feedback.ticket", verbose_name="tickets")),
                    ],
                    options={
                        "verbose_name": "backlog item",
                        "verbose_name_plural": "backlog items",
                        "ordering": ["-score", "pk"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("size__in", [1, 2, 3, 5, 8, 13])), name="backlog_item_size"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "proposed"), models.Q(("metric", ""), _negated=True)),
                                fields=("department", "role", "metric", "kind"),
                                name="backlog_item_one_open_per_gap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TicketHop",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "hop",
                            models.CharField(
                                choices=[("liaison", "Liaison answers"), ("team", "Team analyses"), ("fix", "Team fixes"), ("tell", "Reporter is told")],
                                max_length=10,
                                verbose_name="leg",
                            ),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="started")),
                        ("due_at", models.DateTimeField(verbose_name="due")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                        ("escalated_at", models.DateTimeField(blank=True, null=True, verbose_name="escalated")),
                        (
                            "escalated_to",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="escalated to",
                            ),
                        ),
                        (
                            "holder",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="holder"
                            ),
                        ),
                        ("ticket", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="hops", to="feedback.ticket")),
                    ],
                    options={
                        "verbose_name": "leg",
                        "verbose_name_plural": "legs",
                        "ordering": ["started_at", "pk"],
                        "indexes": [models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["due_at"], name="hop_running")],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("ended_at__isnull", True)), fields=("ticket",), name="ticket_one_running_hop")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TicketMessage",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("note", "Note"),
                                    ("answer", "Answer"),
                                    ("return", "Question back"),
                                    ("forward", "Forwarded"),
                                    ("fix", "Fix"),
                                    ("reply", "Reply"),
                                ],
                                default="note",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("body", models.TextField(max_length=10000, verbose_name="words")),
                        ("is_internal", models.BooleanField(default=False, verbose_name="only for liaison and team")),
                        ("created_at", models.DateTimeField(verbose_name="written")),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author"
                            ),
                        ),
                        ("ticket", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="feedback.ticket")),
                    ],
                    options={
                        "verbose_name": "message",
                        "verbose_name_plural": "messages",
                        "ordering": ["created_at", "pk"],
                    },
                ),
            ]
        ),
    ]
