import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
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
                    name="Feature",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("key", models.CharField(max_length=80, unique=True, verbose_name="key")),
                        ("kind", models.CharField(choices=[("screen", "Screen"), ("action", "Action")], default="screen", max_length=10, verbose_name="kind")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=120, verbose_name="English name")),
                        ("app", models.CharField(blank=True, max_length=40, verbose_name="app")),
                        ("url_name", models.CharField(blank=True, max_length=120, verbose_name="address name")),
                        ("permission", models.CharField(blank=True, max_length=120, verbose_name="permission")),
                        ("is_retired", models.BooleanField(default=False, help_text="The build no longer has it; its history stays.", verbose_name="retired")),
                    ],
                    options={
                        "verbose_name": "feature",
                        "verbose_name_plural": "features",
                        "ordering": ["key"],
                    },
                ),
                migrations.CreateModel(
                    name="RetentionWindow",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("reason", models.CharField(max_length=200)),
                    ],
                    options={
                        "verbose_name": "retention window",
                        "verbose_name_plural": "retention windows",
                    },
                ),
                migrations.CreateModel(
                    name="Rollup",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("day", models.DateField(unique=True)),
                        ("last_event", models.BigIntegerField(default=0, help_text="Highest event number seen in the whole table.")),
                        ("rolled_at", models.DateTimeField(auto_now=True)),
                    ],
                    options={
                        "verbose_name": "rollup",
                        "verbose_name_plural": "rollups",
                        "ordering": ["-day"],
                    },
                ),
                migrations.CreateModel(
                    name="UsageDay",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("day", models.DateField(verbose_name="day")),
                        ("role", models.CharField(blank=True, max_length=40, verbose_name="role at that time")),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("view", "Looked at"),
                                    ("create", "Created"),
                                    ("update", "Changed"),
                                    ("delete", "Deleted"),
                                    ("advance", "Moved on"),
                                    ("log", "Logged"),
                                    ("claim", "Claimed"),
                                    ("import", "Imported"),
                                    ("export", "Exported"),
                                    ("confirm", "Confirmed"),
                                    ("sign", "Signed"),
                                    ("answer", "Answered"),
                                    ("report", "Reported"),
                                    ("resolve", "Resolved"),
                                    ("run", "Ran"),
                                ],
                                max_length=10,
                                verbose_name="verb",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("ok", "Done"), ("invalid", "Refused by the form"), ("denied", "Not permitted"), ("error", "Error")],
                                max_length=10,
                                verbose_name="outcome",
                            ),
                        ),
                        (
                            "surface",
                            models.CharField(
                                choices=[("ui", "Screen"), ("api", "Interface (API)"), ("import", "Import"), ("automation", "Automation")],
                                max_length=10,
                                verbose_name="surface",
                            ),
                        ),
                        ("count", models.PositiveIntegerField(verbose_name="events")),
                        ("filled", models.PositiveIntegerField(default=0, verbose_name="fields filled")),
                        ("required", models.PositiveIntegerField(default=0, verbose_name="fields required")),
                        ("lag_seconds", models.PositiveBigIntegerField(default=0, verbose_name="entry lag, summed")),
                        ("within_day", models.PositiveIntegerField(default=0, verbose_name="entered within 24 hours")),
                        (
                            "department",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="people.department",
                                verbose_name="department at that time",
                            ),
                        ),
                        (
                            "feature",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="days", to="usage.feature", verbose_name="feature"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="usage_days", to=settings.AUTH_USER_MODEL, verbose_name="person"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "usage of a day",
                        "verbose_name_plural": "usage by day",
                        "ordering": ["-day", "pk"],
                        "indexes": [
                            models.Index(fields=["day", "feature"], name="usage_day_day_feature"),
                            models.Index(fields=["feature", "day", "user"], name="usage_day_feature"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("day"),
                                models.F("user"),
                                models.F("feature"),
                                django.db.models.functions.comparison.Coalesce("department", 0),
                                models.F("role"),
                                models.F("verb"),
                                models.F("outcome"),
                                models.F("surface"),
                                name="usage_day_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsageEvent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        ("occurred_at", models.DateTimeField(verbose_name="happened at")),
                        ("role", models.CharField(blank=True, max_length=40, verbose_name="role at that time")),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("view", "Looked at"),
                                    ("create", "Created"),
                                    ("update", "Changed"),
                                    ("delete", "Deleted"),
                                    ("advance", "Moved on"),
                                    ("log", "Logged"),
                                    ("claim", "Claimed"),
                                    ("import", "Imported"),
                                    ("export", "Exported"),
                                    ("confirm", "Confirmed"),
                                    ("sign", "Signed"),
                                    ("answer", "Answered"),
                                    ("report", "Reported"),
                                    ("resolve", "Resolved"),
                                    ("run", "Ran"),
                                ],
                                max_length=10,
                                verbose_name="verb",
                            ),
                        ),
                        ("object_type", models.CharField(blank=True, max_length=80, verbose_name="kind of thing")),
                        ("object_id", models.CharField(blank=True, max_length=40, verbose_name="number of the thing")),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("ok", "Done"), ("invalid", "Refused by the form"), ("denied", "Not permitted"), ("error", "Error")],
                                default="ok",
                                max_length=10,
                                verbose_name="outcome",
                            ),
                        ),
                        ("filled", models.PositiveSmallIntegerField(null=True, verbose_name="fields filled")),
                        ("required", models.PositiveSmallIntegerField(null=True, verbose_name="fields required")),
                        (
                            "surface",
                            models.CharField(
                                choices=[("ui", "Screen"), ("api", "Interface (API)"), ("import", "Import"), ("automation", "Automation")],
                                default="ui",
                                max_length=10,
                                verbose_name="surface",
                            ),
                        ),
                        ("session_hash", models.CharField(blank=True, max_length=32, verbose_name="session (keyed hash)")),
                        ("build", models.CharField(blank=True, max_length=40, verbose_name="build")),
                        ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                        (
                            "department",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="people.department",
                                verbose_name="department at that time",
                            ),
                        ),
                        (
                            "feature",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="usage.feature", verbose_name="feature"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="usage_events",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "usage event",
                        "verbose_name_plural": "usage events",
                        "ordering": ["-recorded_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["user", "recorded_at"], name="usage_event_user"),
                            models.Index(fields=["feature", "recorded_at"], name="usage_event_feature"),
                            models.Index(fields=["recorded_at"], name="usage_event_recorded"),
                        ],
                    },
                ),
            ]
        ),
    ]
