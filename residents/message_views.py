"""怎样通知我: which messages by which channel."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation import clock
from residents import choosing
from residents.access import own_viewer_of
from residents.message_forms import MessageChoicesForm
from residents.message_limits import quiet_hours
from residents.models import Account
from residents.presenters import masked_phone


@require_http_methods(["GET", "HEAD", "POST"])
def message_choices(request: HttpRequest) -> HttpResponse:
    """One's own choices, whomever one acts for: a helper's phone is the helper's business."""
    viewer, now = own_viewer_of(request), clock.now()
    choices = choosing.choices_of(viewer, cast(Account, request.user))
    form = MessageChoicesForm(request.POST if request.method == "POST" else None, choices=choices)
    if request.method == "POST" and form.is_valid():
        choosing.choose(viewer=viewer, wanted=form.cleaned_data, now=now)
        messages.success(request, _("已保存，马上生效。"))
        return redirect("residents:messages")
    phone = masked_phone(choices.phone) if choices.phone else ""
    context = {"form": form, "choices": choices, "phone": phone, "quiet": quiet_hours(now)}
    return render(request, "residents/messages.html", context)
