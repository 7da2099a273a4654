import django.core.serializers.json
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
        ("docs_site", "0001_initial"),
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
                    name="Gate",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("held_on", models.DateField(verbose_name="gate meeting")),
                        ("version", models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        "verbose_name": "gate",
                        "verbose_name_plural": "gates",
                        "ordering": ["held_on", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Phase",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("kickoff", "Kick-off"),
                                    ("research", "Research"),
                                    ("design", "Design"),
                                    ("testing", "Testing"),
                                    ("go_live", "Go-live"),
                                    ("iteration", "Iteration"),
                                ],
                                max_length=12,
                                verbose_name="phase",
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                        ("planned_start", models.DateField(verbose_name="planned start")),
                        ("planned_end", models.DateField(verbose_name="planned end")),
                        ("forecast_end", models.DateField(blank=True, null=True, verbose_name="forecast end")),
                        ("actual_start", models.DateField(blank=True, null=True, verbose_name="actual start")),
                        ("actual_end", models.DateField(blank=True, null=True, verbose_name="actual end")),
                        ("version", models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        "verbose_name": "phase",
                        "verbose_name_plural": "phases",
                        "ordering": ["rollout", models.OrderBy(models.F("wave__order"), nulls_first=True), "order", "pk"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("planned_end__gte", models.F("planned_start"))), name="phase_ends_after_start"),
                            models.CheckConstraint(
                                condition=models.Q(("actual_end__isnull", True), ("actual_end__gte", models.F("actual_start")), _connector="OR"),
                                name="phase_really_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GateCriterion",
                    fields=[
                        ("reminded_on", models.DateField(blank=True, editable=False, null=True)),
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("check_key", models.CharField(max_length=80, verbose_name="check")),
                        ("order", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                        ("parameters", models.JSONField(blank=True, default=dict, verbose_name="parameters")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "answerer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="criteria_to_answer",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answered by",
                            ),
                        ),
                        (
                            "gate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="implementation.gate", verbose_name="gate"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "criterion",
                        "verbose_name_plural": "criteria",
                        "ordering": ["order", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalGateCriterion",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("check_key", models.CharField(max_length=80, verbose_name="check")),
                        ("order", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                        ("parameters", models.JSONField(blank=True, default=dict, verbose_name="parameters")),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "answerer",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answered by",
                            ),
                        ),
                        (
                            "gate",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.gate",
                                verbose_name="gate",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                    ],
                    options={
                        "verbose_name": "historical criterion",
                        "verbose_name_plural": "historical criteria",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRollout",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("code", models.CharField(db_index=True, max_length=20, verbose_name="code")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("preparing", "Being prepared"),
                                    ("running", "Running"),
                                    ("paused", "Paused"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="preparing",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="starts on")),
                        ("go_live_on", models.DateField(verbose_name="goes live on")),
                        ("goal", models.TextField(blank=True, max_length=2000, verbose_name="goal")),
                        ("closing_note", models.TextField(blank=True, max_length=2000, verbose_name="closing note")),
                        ("closed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="closed at")),
                        ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="people.department",
                                verbose_name="lead department",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "project_manager",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="project manager",
                            ),
                        ),
                        (
                            "sponsor",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="sponsor",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical rollout",
                        "verbose_name_plural": "historical rollouts",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalWaiver",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("reason", models.TextField(max_length=1000, verbose_name="reason")),
                        ("expires_on", models.DateField(verbose_name="expires on")),
                        ("granted_at", models.DateTimeField(verbose_name="granted at")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back at")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "criterion",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.gatecriterion",
                                verbose_name="criterion",
                            ),
                        ),
                        (
                            "granted_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="granted by",
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
                            "revoked_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="taken back by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical waiver",
                        "verbose_name_plural": "historical waivers",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Milestone",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("planned_on", models.DateField(verbose_name="planned")),
                        ("forecast_on", models.DateField(blank=True, null=True, verbose_name="forecast")),
                        ("actual_on", models.DateField(blank=True, null=True, verbose_name="reached")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="milestones",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "phase",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="milestones", to="implementation.phase", verbose_name="phase"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "milestone",
                        "verbose_name_plural": "milestones",
                        "ordering": ["planned_on", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalGate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("held_on", models.DateField(verbose_name="gate meeting")),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "phase",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.phase",
                                verbose_name="phase",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical gate",
                        "verbose_name_plural": "historical gates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.AddField(
                    model_name="gate",
                    name="phase",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gate", to="implementation.phase", verbose_name="phase"
                    ),
                ),
                migrations.CreateModel(
                    name="Rollout",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("code", models.CharField(max_length=20, unique=True, verbose_name="code")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("preparing", "Being prepared"),
                                    ("running", "Running"),
                                    ("paused", "Paused"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="preparing",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="starts on")),
                        ("go_live_on", models.DateField(verbose_name="goes live on")),
                        ("goal", models.TextField(blank=True, max_length=2000, verbose_name="goal")),
                        ("closing_note", models.TextField(blank=True, max_length=2000, verbose_name="closing note")),
                        ("closed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="closed at")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="led_rollouts", to="people.department", verbose_name="lead department"
                            ),
                        ),
                        ("departments", models.ManyToManyField(related_name="rollouts", to="people.department", verbose_name="departments")),
                        (
                            "project_manager",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="managed_rollouts",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="project manager",
                            ),
                        ),
                        (
                            "sponsor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sponsored_rollouts",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="sponsor",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "rollout",
                        "verbose_name_plural": "rollouts",
                        "ordering": ["-starts_on", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("sponsor", models.F("project_manager")), _negated=True), name="rollout_sponsor_is_not_manager"
                            ),
                            models.CheckConstraint(condition=models.Q(("go_live_on__gt", models.F("starts_on"))), name="rollout_goes_live_after_start"),
                            models.CheckConstraint(
                                condition=models.Q(("closed_at__isnull", True), ("state__in", ["closed", "cancelled"]), _connector="OR"),
                                name="rollout_closed_at_only_when_closed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RegisterEntry",
                    fields=[
                        ("reminded_on", models.DateField(blank=True, editable=False, null=True)),
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("title_en", models.CharField(blank=True, max_length=200, verbose_name="English title")),
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
                        ("due_on", models.DateField(verbose_name="due")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "document",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="register_entries",
                                to="docs_site.projectdocument",
                                verbose_name="document",
                            ),
                        ),
                        (
                            "owed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="owed_documents",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owed by",
                            ),
                        ),
                        (
                            "phase",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="register", to="implementation.phase", verbose_name="phase"
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="register", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "register entry",
                        "verbose_name_plural": "register entries",
                        "ordering": ["due_on", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("phase", "title"), name="register_title_once_in_phase")],
                    },
                ),
                migrations.CreateModel(
                    name="PlanChange",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("field", models.CharField(max_length=20, verbose_name="date")),
                        ("before", models.DateField(verbose_name="from")),
                        ("after", models.DateField(verbose_name="to")),
                        ("reason", models.CharField(max_length=500, verbose_name="reason")),
                        ("changed_at", models.DateTimeField(verbose_name="changed at")),
                        (
                            "changed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="changed by"
                            ),
                        ),
                        (
                            "milestone",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="plan_changes",
                                to="implementation.milestone",
                                verbose_name="milestone",
                            ),
                        ),
                        (
                            "phase",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="plan_changes",
                                to="implementation.phase",
                                verbose_name="phase",
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="plan_changes", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change of plan",
                        "verbose_name_plural": "changes of plan",
                        "ordering": ["-changed_at", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("phase__isnull", True), ("milestone__isnull", True), _connector="XOR"), name="plan_change_of_one_thing"
                            ),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="plan_change_has_a_reason"),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="phase",
                    name="rollout",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="phases", to="implementation.rollout", verbose_name="rollout"
                    ),
                ),
                migrations.AddField(
                    model_name="milestone",
                    name="rollout",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="milestones", to="implementation.rollout", verbose_name="rollout"
                    ),
                ),
                migrations.CreateModel(
                    name="HistoricalWave",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("order", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                        ("go_live_on", models.DateField(blank=True, null=True, verbose_name="goes live on")),
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
                        "verbose_name": "historical wave",
                        "verbose_name_plural": "historical waves",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalTeamMember",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("sponsor", "Sponsor"),
                                    ("project_manager", "Project manager"),
                                    ("consultant", "Consultant"),
                                    ("developer", "Developer"),
                                    ("trainer", "Trainer"),
                                    ("key_user", "Key user"),
                                    ("liaison", "Liaison"),
                                    ("deputy", "Liaison's deputy"),
                                ],
                                max_length=16,
                                verbose_name="role",
                            ),
                        ),
                        ("share", models.PositiveSmallIntegerField(default=50, verbose_name="share of working time, %")),
                        ("starts_on", models.DateField(verbose_name="from")),
                        ("ends_on", models.DateField(blank=True, null=True, verbose_name="to")),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="people.department",
                                verbose_name="for department",
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
                                verbose_name="person",
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
                        "verbose_name": "historical team member",
                        "verbose_name_plural": "historical team members",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRollout_departments",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="people.department",
                            ),
                        ),
                        (
                            "history",
                            models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="implementation.historicalrollout"),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.rollout",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalRollout_departments",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRegisterEntry",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("title", models.CharField(max_length=200, verbose_name="title")),
                        ("title_en", models.CharField(blank=True, max_length=200, verbose_name="English title")),
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
                        ("due_on", models.DateField(verbose_name="due")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
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
                        (
                            "history_user",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "owed_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owed by",
                            ),
                        ),
                        (
                            "phase",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.phase",
                                verbose_name="phase",
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
                        "verbose_name": "historical register entry",
                        "verbose_name_plural": "historical register entries",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalMilestone",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("planned_on", models.DateField(verbose_name="planned")),
                        ("forecast_on", models.DateField(blank=True, null=True, verbose_name="forecast")),
                        ("actual_on", models.DateField(blank=True, null=True, verbose_name="reached")),
                        ("version", models.PositiveIntegerField(default=1)),
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
                            "phase",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.phase",
                                verbose_name="phase",
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
                        "verbose_name": "historical milestone",
                        "verbose_name_plural": "historical milestones",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalGoal",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("statement", models.CharField(max_length=300, verbose_name="goal")),
                        ("measure", models.CharField(blank=True, max_length=200, verbose_name="measured by")),
                        ("before", models.CharField(blank=True, max_length=80, verbose_name="value before")),
                        ("target", models.CharField(blank=True, max_length=80, verbose_name="target")),
                        ("result", models.CharField(blank=True, max_length=80, verbose_name="value reached")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="due")),
                        ("version", models.PositiveIntegerField(default=1)),
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
                        "verbose_name": "historical goal",
                        "verbose_name_plural": "historical goals",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Goal",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("statement", models.CharField(max_length=300, verbose_name="goal")),
                        ("measure", models.CharField(blank=True, max_length=200, verbose_name="measured by")),
                        ("before", models.CharField(blank=True, max_length=80, verbose_name="value before")),
                        ("target", models.CharField(blank=True, max_length=80, verbose_name="target")),
                        ("result", models.CharField(blank=True, max_length=80, verbose_name="value reached")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="due")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="goals", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "goal",
                        "verbose_name_plural": "goals",
                        "ordering": ["due_on", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="TeamMember",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("sponsor", "Sponsor"),
                                    ("project_manager", "Project manager"),
                                    ("consultant", "Consultant"),
                                    ("developer", "Developer"),
                                    ("trainer", "Trainer"),
                                    ("key_user", "Key user"),
                                    ("liaison", "Liaison"),
                                    ("deputy", "Liaison's deputy"),
                                ],
                                max_length=16,
                                verbose_name="role",
                            ),
                        ),
                        ("share", models.PositiveSmallIntegerField(default=50, verbose_name="share of working time, %")),
                        ("starts_on", models.DateField(verbose_name="from")),
                        ("ends_on", models.DateField(blank=True, null=True, verbose_name="to")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rollout_members",
                                to="people.department",
                                verbose_name="for department",
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="team", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rollout_memberships",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "team member",
                        "verbose_name_plural": "team members",
                        "ordering": ["rollout", "role", "department__path", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                                name="team_member_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("role__in", ["liaison", "deputy"]), _negated=True), ("department__isnull", False), _connector="OR"
                                ),
                                name="team_liaison_has_department",
                            ),
                            models.CheckConstraint(condition=models.Q(("share__gte", 1), ("share__lte", 100)), name="team_member_share_in_percent"),
                            models.UniqueConstraint(
                                condition=models.Q(("department__isnull", False), ("ends_on__isnull", True)),
                                fields=("rollout", "user", "role", "department"),
                                name="team_member_open_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("department__isnull", True), ("ends_on__isnull", True)),
                                fields=("rollout", "user", "role"),
                                name="team_member_open_once_overall",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Waiver",
                    fields=[
                        ("reminded_on", models.DateField(blank=True, editable=False, null=True)),
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reason", models.TextField(max_length=1000, verbose_name="reason")),
                        ("expires_on", models.DateField(verbose_name="expires on")),
                        ("granted_at", models.DateTimeField(verbose_name="granted at")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back at")),
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="waivers", to="implementation.gatecriterion", verbose_name="criterion"
                            ),
                        ),
                        (
                            "granted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="granted by"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="waivers_owned", to=settings.AUTH_USER_MODEL, verbose_name="owner"
                            ),
                        ),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="taken back by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "waiver",
                        "verbose_name_plural": "waivers",
                        "ordering": ["-granted_at", "-pk"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="waiver_has_a_reason"),
                            models.UniqueConstraint(condition=models.Q(("revoked_at__isnull", True)), fields=("criterion",), name="waiver_stands_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Wave",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("order", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                        ("go_live_on", models.DateField(blank=True, null=True, verbose_name="goes live on")),
                        ("departments", models.ManyToManyField(related_name="waves", to="people.department", verbose_name="departments")),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="waves", to="implementation.rollout", verbose_name="rollout"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "wave",
                        "verbose_name_plural": "waves",
                        "ordering": ["order", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("rollout", "order"), name="wave_order_in_rollout")],
                    },
                ),
                migrations.AddField(
                    model_name="phase",
                    name="wave",
                    field=models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="phases", to="implementation.wave", verbose_name="wave"
                    ),
                ),
                migrations.CreateModel(
                    name="HistoricalWave_departments",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "department",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="people.department",
                            ),
                        ),
                        ("history", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="implementation.historicalwave")),
                        (
                            "wave",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.wave",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalWave_departments",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPhase",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("kickoff", "Kick-off"),
                                    ("research", "Research"),
                                    ("design", "Design"),
                                    ("testing", "Testing"),
                                    ("go_live", "Go-live"),
                                    ("iteration", "Iteration"),
                                ],
                                max_length=12,
                                verbose_name="phase",
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                        ("planned_start", models.DateField(verbose_name="planned start")),
                        ("planned_end", models.DateField(verbose_name="planned end")),
                        ("forecast_end", models.DateField(blank=True, null=True, verbose_name="forecast end")),
                        ("actual_start", models.DateField(blank=True, null=True, verbose_name="actual start")),
                        ("actual_end", models.DateField(blank=True, null=True, verbose_name="actual end")),
                        ("version", models.PositiveIntegerField(default=1)),
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
                        (
                            "wave",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="implementation.wave",
                                verbose_name="wave",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical phase",
                        "verbose_name_plural": "historical phases",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="CriterionAnswer",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "status",
                            models.CharField(choices=[("met", "Met"), ("risk", "At risk"), ("not_met", "Not met")], max_length=8, verbose_name="answer"),
                        ),
                        ("evidence", models.TextField(max_length=2000, verbose_name="evidence")),
                        ("answered_at", models.DateTimeField(verbose_name="answered at")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="answered by"
                            ),
                        ),
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="implementation.gatecriterion", verbose_name="criterion"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "answer",
                        "verbose_name_plural": "answers",
                        "ordering": ["-answered_at", "-pk"],
                        "constraints": [models.CheckConstraint(condition=models.Q(("evidence", ""), _negated=True), name="criterion_answer_has_evidence")],
                    },
                ),
                migrations.CreateModel(
                    name="GatePassage",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("ready", "Ready"), ("ready_with_risks", "Ready with risks"), ("not_ready", "Not ready")],
                                max_length=20,
                                verbose_name="verdict",
                            ),
                        ),
                        ("values", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="frozen values")),
                        ("sha256", models.CharField(max_length=64)),
                        ("meaning", models.CharField(max_length=300, verbose_name="meaning")),
                        ("reason", models.TextField(blank=True, max_length=1000, verbose_name="reason for accepting the risks")),
                        ("passed_at", models.DateTimeField(verbose_name="passed at")),
                        ("reopened_at", models.DateTimeField(blank=True, null=True, verbose_name="re-opened at")),
                        ("reopen_reason", models.TextField(blank=True, max_length=1000, verbose_name="reason for re-opening")),
                        (
                            "gate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="passages", to="implementation.gate", verbose_name="gate"
                            ),
                        ),
                        (
                            "passed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="passed by"
                            ),
                        ),
                        (
                            "reopened_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="re-opened by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "gate passage",
                        "verbose_name_plural": "gate passages",
                        "ordering": ["-passed_at", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("reopened_at__isnull", True)), fields=("gate",), name="gate_passed_once"),
                            models.CheckConstraint(condition=models.Q(("verdict", "not_ready"), _negated=True), name="gate_not_passed_unready"),
                            models.CheckConstraint(
                                condition=models.Q(("verdict", "ready"), models.Q(("reason", ""), _negated=True), _connector="OR"),
                                name="gate_risks_accepted_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reopened_at__isnull", True), models.Q(("reopen_reason", ""), _negated=True), _connector="OR"),
                                name="gate_reopened_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="phase",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("wave__isnull", True)), fields=("rollout", "kind"), name="phase_kind_once_in_rollout"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="phase",
                    constraint=models.UniqueConstraint(condition=models.Q(("wave__isnull", False)), fields=("wave", "kind"), name="phase_kind_once_in_wave"),
                ),
            ]
        ),
    ]
