"""结果怎样告诉我: at once, after a clinician's comment, or through a delegate; one question for each kind of result."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation import clock
from foundation.dated import register, setting
from residents import hearing
from residents.access import own_viewer_of
from residents.family.reading import Tie
from residents.models import Hearing

COMMENT_DAYS = register("records.comment_days", 7, "居民选了“医生说明后再告诉我”的结果，最多等多少天")
Way = Hearing.Way


class HearingForm(forms.Form):
    """One question for each kind of result; each delegate who may be told is an answer of its own."""

    def __init__(self, *args: Any, choices: list[hearing.Choice], helpers: list[Tie], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [(way.value, way.label) for way in (Way.AT_ONCE, Way.AFTER_COMMENT)]
        ways += [
            (f"{hearing.THROUGH}{tie.delegation.delegate_id}", _("告诉 %(name)s（帮我代办的人）") % {"name": tie.other})
            for tie in helpers
        ]
        labels = dict(Hearing.Category.choices)
        for choice in choices:
            self.fields[choice.category] = forms.ChoiceField(
                label=labels[choice.category], choices=ways, initial=choice.value, widget=forms.RadioSelect
            )
        self.choices = choices

    def rows(self) -> list[tuple[forms.BoundField, hearing.Choice]]:
        """Each question with what was chosen before."""
        return [(self[choice.category], choice) for choice in self.choices]


@require_http_methods(["GET", "HEAD", "POST"])
def hear(request: HttpRequest) -> HttpResponse:
    """One's own choices, whomever one acts for."""
    viewer, now = own_viewer_of(request), clock.now()
    helpers = list(hearing.helpers_of(viewer, now))
    choices = list(hearing.choices_of(viewer, helpers))
    form = HearingForm(request.POST if request.method == "POST" else None, choices=choices, helpers=helpers)
    if request.method == "POST" and form.is_valid():
        hearing.choose(viewer=viewer, wanted=form.cleaned_data, now=now)
        messages.success(request, _("已保存，以后新出来的结果就这样告诉您。"))
        return redirect("residents:hear")
    context = {"form": form, "helpers": helpers, "days": setting(COMMENT_DAYS, now)}
    return render(request, "residents/hear.html", context)
