"""Every emergency access, for the auditors: who, where, why, what was read then; and what the auditor found."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.dated import register, setting
from portal.people.doors import need
from portal.staff_log import record
from residents.models import AccessEvent, Opening, OpeningReview
from residents.presenters import Words, action_words

LISTED_DAYS = register("audit.emergency_days", 90, "审计员的紧急调阅清单列出多少天内的")


class ReviewForm(forms.ModelForm):
    """What the auditor found."""

    class Meta:
        model = OpeningReview
        fields = ["verdict", "remark"]
        widgets = {"verdict": forms.RadioSelect}
        help_texts = {"remark": gettext_lazy("怎样核查的、结论是什么。不要写病情。")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verdict = self.fields["verdict"]
        assert isinstance(verdict, forms.ChoiceField)
        verdict.choices = OpeningReview.Verdict.choices


@dataclass
class Emergency:
    """One emergency access as the auditor reads it: no name of the person, who is none of the auditor's business."""

    opening: Opening
    actor: str = ""
    deeds: dict[Words, int] = field(default_factory=dict)
    review: OpeningReview | None = None


@require_safe
def emergencies(request: HttpRequest) -> HttpResponse:
    """Those of some months: first what nobody has looked into, then the others; newest first."""
    need(request, "residents.view_opening")
    now = clock.now()
    days = setting(LISTED_DAYS, now)
    since = now - timedelta(days=days)
    found = Opening.objects.filter(kind=Opening.Kind.EMERGENCY, opened_at__gte=since)
    shown = described(list(found.select_related("facility", "review").order_by("-opened_at")), since)
    record(request, "staff.listed", Opening)
    context = {
        "waiting": [line for line in shown if line.review is None],
        "reviewed": [line for line in shown if line.review is not None],
        "days": days,
    }
    return render(request, "portal/people/emergencies.html", context)


def described(openings: list[Opening], since: datetime) -> list[Emergency]:
    """Openings with who opened them and what was read then; one statement, however many."""
    lines = {opening.pk: Emergency(opening, review=getattr(opening, "review", None)) for opening in openings}
    for event in AccessEvent.objects.filter(opening_id__in=list(lines), at__gte=since).order_by("at", "id"):
        line = lines[event.opening_id] if event.opening_id else None
        if line is not None:
            line.actor = line.actor or event.actor_name
            words = action_words(event.action)
            line.deeds[words] = line.deeds.get(words, 0) + 1
    return list(lines.values())


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """Say what was found of one emergency access; once."""
    by = need(request, "residents.add_openingreview")
    every = Opening.objects.filter(kind=Opening.Kind.EMERGENCY).select_related("facility", "review")
    opening = get_object_or_404(every, pk=opening_id)
    (line,) = described([opening], opening.opened_at - timedelta(minutes=1))
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and line.review is None and form.is_valid():
        found = form.save(commit=False)
        found.opening, found.facility = opening, opening.facility
        found.reviewed_by, found.reviewed_name, found.reviewed_at = by.pk, by.name, clock.now()
        try:
            with transaction.atomic():
                found.save(force_insert=True)
        except IntegrityError:
            messages.error(request, _("已有同事核查过这一次。"))
        else:
            record(request, "audit.reviewed_emergency", found)
            messages.success(request, _("已标记为已核查。"))
        return redirect("staff:emergencies")
    return render(request, "portal/people/review_emergency.html", {"line": line, "form": form})
