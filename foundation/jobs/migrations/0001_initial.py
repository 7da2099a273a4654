import uuid

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
            name="Job",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("task", models.CharField(max_length=120, verbose_name="task")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("payload", models.JSONField(blank=True, default=dict, verbose_name="ids it works on")),
                ("key", models.CharField(blank=True, help_text="At most one job with a key waits or runs.", max_length=120, verbose_name="key")),
                (
                    "permission",
                    models.CharField(blank=True, help_text="The starter must hold it, checked again at each chunk.", max_length=120, verbose_name="permission"),
                ),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="page of the result")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Refused"),
                            ("cancelled", "Cancelled"),
                            ("quarantined", "Set aside after errors"),
                        ],
                        default="queued",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="of")),
                ("sentence", models.CharField(blank=True, max_length=300, verbose_name="doing")),
                ("result", models.JSONField(blank=True, null=True, verbose_name="result")),
                ("error", models.CharField(blank=True, max_length=500, verbose_name="what went wrong")),
                ("detail", models.TextField(blank=True, verbose_name="technical detail")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("lease_token", models.CharField(blank=True, max_length=32)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True, verbose_name="last sign of life")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="last sent to the queue")),
                ("not_before", models.DateTimeField(verbose_name="not before")),
                ("created_at", models.DateTimeField(verbose_name="asked for")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "ordering": ["-created_at", "pk"],
                "indexes": [models.Index(fields=["state", "not_before"], name="job_due"), models.Index(fields=["-created_at", "id"], name="job_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"]), models.Q(("key", ""), _negated=True)),
                        fields=("key",),
                        name="job_key_open_once",
                    )
                ],
            },
        ),
    ]
