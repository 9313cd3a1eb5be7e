"""Bringing a feed live, page by page: its steps, the trials that the worker carries out, its secrets, its launch."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from foundation import clock
from records.exchange import credentials
from records.exchange.admin.reports import Report, report_of
from records.exchange.credential_forms import FORMS, SecretForm
from records.exchange.models import Source, Trial
from records.exchange.onboarding import launching, trials
from records.exchange.pulling import PULLED

SHOWN = 20
State = Source.State
STEPS = (gettext_lazy("建来源"), gettext_lazy("测试连接"), gettext_lazy("试运行"), pgettext_lazy("deed", "启用"))
ASKED: dict[str, Promise] = {
    Trial.Kind.CONNECTION: gettext_lazy("已开始测试连接，几秒到一分钟内有结果。"),
    Trial.Kind.REHEARSAL: gettext_lazy("已开始试运行，几秒到几分钟内有结果。"),
}


class LaunchForm(forms.Form):
    """Why a feed goes live without a rehearsal."""

    reason = forms.CharField(
        label=gettext_lazy("没有通过试运行就启用的理由"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("例如：机构还没有数据，约定今晚开始发送。会留在历史里。"),
    )


@dataclass(frozen=True)
class Step:
    """A trial as its step of the page shows it."""

    kind: str
    last: Trial | None
    report: Report | None

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.last is not None and self.last.state in trials.OPEN


@dataclass(frozen=True)
class Secret:
    """One purpose on the page of secrets."""

    kept: credentials.Kept
    form: SecretForm


def is_broken(source: Source, now: datetime) -> bool:
    """Whether a feed is left alone for a while after failures."""
    resting = source.next_pull_at is not None and source.next_pull_at > now
    return source.state != State.PAUSED and source.failures > 0 and resting


class OnboardingPages(admin.ModelAdmin):
    """What a source has besides its form. Put before the room's own class."""

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        secret = sensitive_post_parameters()(self.credentials_view)
        return [
            path("<uuid:source_id>/onboarding/", wrap(self.onboarding_view), name="exchange_source_onboarding"),
            path("<uuid:source_id>/credentials/", wrap(secret), name="exchange_source_credentials"),
            *super().get_urls(),
        ]

    def onboarding_view(self, request: HttpRequest, source_id: UUID) -> HttpResponseBase:
        """The steps, what the last trials found, and the deeds."""
        source, now = self._source(request, source_id), clock.now()
        if request.method == "POST":
            return self._done(request, source, now)
        steps = [self._step(source, kind) for kind in Trial.Kind.values]
        context = {
            "source": source,
            "steps": STEPS,
            "current": _current(source, steps),
            "connection": steps[0],
            "rehearsal": steps[1],
            "is_open": any(step.is_open for step in steps),
            "is_asked": source.kind in PULLED,
            "is_broken": is_broken(source, now),
            "may_change": self.has_change_permission(request, source),
            "may_map": request.user.has_perm("exchange.add_codemapping"),
            "rehearsed": launching.rehearsal_of(source) is not None,
            "secrets": source.kind in credentials.PURPOSES,
            "form": LaunchForm(),
            "trials": source.trials.exclude(state__in=trials.OPEN)[:SHOWN],
            "launches": source.launches.all()[:SHOWN],
        }
        return TemplateResponse(request, "records/exchange/onboarding.html", context)

    def _source(self, request: HttpRequest, source_id: UUID) -> Source:
        may = self.has_change_permission if request.method == "POST" else self.has_view_permission
        if not may(request):
            raise PermissionDenied
        source: Source | None = self.get_queryset(request).select_related("facility").filter(pk=source_id).first()
        if source is None:
            raise Http404
        return source

    def _step(self, source: Source, kind: str) -> Step:
        rows = source.trials.filter(kind=kind)
        last = rows.first()
        shown = last if last is None or last.ended_at else rows.exclude(ended_at=None).first()
        return Step(kind, last, report_of(shown) if shown else None)

    def _done(self, request: HttpRequest, source: Source, now: datetime) -> HttpResponse:
        """Do what was asked for, say so, write it down."""
        deed = DEEDS.get(request.POST.get("deed", ""))
        if deed is None:
            raise Http404
        problem, done = deed.act(source, request, now)
        if problem:
            messages.error(request, str(problem))
        else:
            self.log_change(request, source, [{"changed": {"fields": [str(deed.label)]}}])
            messages.success(request, str(done))
        return redirect("admin:exchange_source_onboarding", source.pk)

    def credentials_view(self, request: HttpRequest, source_id: UUID) -> HttpResponse:
        """Which secrets are kept, by whom and since when; a form for each. None is ever shown."""
        source, now = self._source(request, source_id), clock.now()
        if source.kind not in credentials.PURPOSES:
            raise Http404
        purpose = request.POST.get("purpose", "")
        bound = FORMS[purpose](request.POST, now=now) if purpose in credentials.PURPOSES[source.kind] else None
        if request.method == "POST" and self._kept(request, source, bound, now):
            return redirect("admin:exchange_source_credentials", source.pk)
        secrets = [
            Secret(kept, bound if bound is not None and kept.purpose == purpose else FORMS[kept.purpose](now=now))
            for kept in credentials.kept(source)
        ]
        context = {
            "source": source,
            "secrets": secrets,
            "wrong": bound,
            "may_change": self.has_change_permission(request, source),
            "now": now,
        }
        return TemplateResponse(request, "records/exchange/credentials.html", context)

    def _kept(self, request: HttpRequest, source: Source, form: SecretForm | None, now: datetime) -> bool:
        """Save or remove a secret; False where what was typed in is wrong."""
        if form is None:
            raise Http404
        label, by = str(credentials.Purpose(form.purpose).label), str(request.user)
        if request.POST.get("deed") == "remove":
            if credentials.remove(source, form.purpose, by=by, now=now):
                self.log_change(request, source, [{"changed": {"fields": [_("移除凭证：") + label]}}])
                messages.success(request, _("已移除：%(label)s。") % {"label": label})
            return True
        if not form.is_valid():
            return False
        credentials.keep(source, form.given(), by=by, now=now)
        self.log_change(request, source, [{"changed": {"fields": [_("更换凭证：") + label]}}])
        messages.success(request, _("已加密保存：%(label)s。请测试一次连接。") % {"label": label})
        return True


Answer = tuple[Promise | str, Promise | str]


@dataclass(frozen=True)
class Deed:
    """A button: what is written down, and what it does; the deed answers with a problem, or with what was done."""

    label: Promise
    act: Callable[[Source, HttpRequest, datetime], Answer]


def _asked(kind: str) -> Callable[[Source, HttpRequest, datetime], Answer]:
    def ask(source: Source, request: HttpRequest, now: datetime) -> Answer:
        if trials.ask(source, kind, by=str(request.user), now=now):
            return "", ASKED[kind]
        return _("已经有一次在进行，请等它结束。"), ""

    return ask


def _launch(source: Source, request: HttpRequest, now: datetime) -> Answer:
    form = LaunchForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        launching.go_live(source, reason, by=str(request.user), now=now)
    except launching.NotRehearsed:
        return _("没有启用：还没有通过试运行。请先试运行，或者写明理由。"), ""
    return "", _("已启用。机构的接入状态是“已接入”。")


def _try_out(source: Source, request: HttpRequest, now: datetime) -> Answer:
    if source.kind not in launching.SENDING:
        raise Http404
    launching.try_out(source)
    return "", _("已开始联调：机构发来的先收下、保存，启用以后再入档。")


def _pause(source: Source, request: HttpRequest, now: datetime) -> Answer:
    launching.pause(source)
    return "", _("已暂停。")


def _retry(source: Source, request: HttpRequest, now: datetime) -> Answer:
    launching.retry_now(source, now)
    return "", _("几秒内重试。")


DEEDS: dict[str, Deed] = {
    "connection": Deed(gettext_lazy("测试连接"), _asked(Trial.Kind.CONNECTION)),
    "rehearsal": Deed(gettext_lazy("试运行"), _asked(Trial.Kind.REHEARSAL)),
    "try_out": Deed(gettext_lazy("开始联调"), _try_out),
    "launch": Deed(pgettext_lazy("deed", "启用"), _launch),
    "pause": Deed(gettext_lazy("暂停"), _pause),
    "retry": Deed(gettext_lazy("现在重试"), _retry),
}


def _current(source: Source, steps: list[Step]) -> int:
    """The step that is next, from 1; one beyond the last for a feed that is live."""
    if source.state == State.ENABLED:
        return len(STEPS) + 1
    passed = [step.last is not None and step.last.state == Trial.State.PASSED for step in steps]
    return 4 if passed[1] else 3 if passed[0] else 2
