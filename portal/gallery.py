"""The living style guide: every component in every state, for anyone on the staff."""

from datetime import datetime

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock


class SampleForm(forms.Form):
    """One field of every kind; the gallery shows it bound and wrong."""

    name = forms.CharField(label=gettext_lazy("姓名"), help_text=gettext_lazy("与身份证上的一致"))
    note = forms.CharField(label=gettext_lazy("备注"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    facility = forms.ChoiceField(
        label=gettext_lazy("医疗机构"),
        choices=[("a", gettext_lazy("县人民医院")), ("b", gettext_lazy("中心卫生院"))],
    )
    day = forms.DateField(label=gettext_lazy("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(
        label=gettext_lazy("就诊方式"),
        choices=[("1", gettext_lazy("初诊")), ("2", gettext_lazy("复诊"))],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(label=gettext_lazy("我已阅读并同意"))


def gallery(request: HttpRequest) -> HttpResponse:
    """The page at /staff/gallery/."""
    return render(request, "portal/gallery.html", sample_context(clock.now()))


def sample_context(now: datetime) -> dict[str, object]:
    """What the components show in the gallery."""
    page: Page[int] = Paginator(list(range(50)), 10).page(2)
    steps = [_("机构"), _("医生"), _("时间"), _("确认")]
    return {"now": now, "form": SampleForm(data={"facility": "a"}), "page": page, "steps": steps}
