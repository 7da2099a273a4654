from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm_core.forms.quick_log import QuickLogForm
from crm_core.services.activity import log_activity
from crm_core.views.account import account_url
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_activity", raise_exception=True)
def activity_create(request: HttpRequest) -> HttpResponse:
    """Log what just happened without going to the account first."""
    form = QuickLogForm(request.POST or None, by=request.user)

    def save() -> HttpResponse:
        account = form.cleaned_data["account"]
        log_activity(by=request.user, now=timezone.now(), **form.cleaned_data)
        return redirect_with(request, account_url(account), _("Logged."))

    return answer_form(request, form, template="crm_core/quick_log.html", feature="crm.activity.log", save=save)
