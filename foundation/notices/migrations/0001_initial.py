import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("mfa", "0003_authenticator_type_uniq"),
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
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("is_workday", models.BooleanField(default=False, verbose_name="people work")),
                ("name", models.CharField(max_length=80, verbose_name="occasion")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="entered")),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
            ],
            options={
                "verbose_name": "company calendar day",
                "verbose_name_plural": "company calendar days",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "rhythm",
                    models.CharField(choices=[("daily", "In the daily digest"), ("weekly", "In the weekly digest")], max_length=10, verbose_name="rhythm"),
                ),
                ("lines", models.PositiveIntegerField(default=0, verbose_name="lines")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person")),
            ],
            options={
                "verbose_name": "digest",
                "verbose_name_plural": "digests",
                "ordering": ["-day", "pk"],
                "constraints": [models.UniqueConstraint(fields=("user", "day", "rhythm"), name="digest_once")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind")),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="link")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("created_at", models.DateTimeField(verbose_name="sent")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                ("rhythm", models.CharField(default="immediate", max_length=10, verbose_name="when")),
                (
                    "mail_state",
                    models.CharField(
                        choices=[
                            ("none", "No e-mail"),
                            ("waiting", "E-mail waits"),
                            ("digest", "Waits for a digest"),
                            ("sent", "E-mail sent"),
                            ("refused", "E-mail refused"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="e-mail",
                    ),
                ),
                ("mailed_at", models.DateTimeField(blank=True, null=True, verbose_name="e-mail sent")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by"
                    ),
                ),
                (
                    "on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        help_text="The absent person.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="as deputy of",
                    ),
                ),
                ("to", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL, verbose_name="to")),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["-created_at", "-pk"],
                "indexes": [
                    models.Index(fields=["to", "read_at", "-created_at"], name="notice_inbox"),
                    models.Index(
                        condition=models.Q(("mail_state__in", ["none", "sent"]), _negated=True), fields=["mail_state", "created_at"], name="notice_mail"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Inbox and e-mail"), ("inbox", "Inbox only"), ("none", "Not at all")],
                        default="email",
                        max_length=10,
                        verbose_name="where",
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("immediate", "At once"), ("daily", "In the daily digest"), ("weekly", "In the weekly digest")],
                        default="immediate",
                        max_length=10,
                        verbose_name="when",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notice_preferences", to=settings.AUTH_USER_MODEL, verbose_name="person"
                    ),
                ),
            ],
            options={
                "verbose_name": "notice preference",
                "verbose_name_plural": "notice preferences",
                "ordering": ["kind"],
                "constraints": [models.UniqueConstraint(fields=("user", "kind"), name="preference_once")],
            },
        ),
    ]
