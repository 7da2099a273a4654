from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiReplay(models.Model):
    """The answer that a creating API call got under its idempotency key, given again when the same call comes twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    key = models.CharField(_("idempotency key"), max_length=100)
    request_sha256 = models.CharField(max_length=64)
    object_id = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("repeated API call")
        verbose_name_plural = _("repeated API calls")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="api_replay_key_once")]

    def __str__(self) -> str:
        return self.key
