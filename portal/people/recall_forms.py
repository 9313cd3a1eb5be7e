"""What is typed when a report is recalled, its owner named, and the incident written up."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation import clock
from portal.people.forms import NO_FILL
from records.exchange.models import Recall
from residents.documents import Document
from residents.forms import read_document


class FindForm(forms.Form):
    """One box; what is typed is never part of an address."""

    number = forms.CharField(
        label=_("报告编号"),
        help_text=_("报告上印的编号，或机构系统里的报告标识。"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", **NO_FILL}),
        error_messages={"required": _("请输入报告编号。")},
    )


class StartForm(forms.Form):
    """What is recalled, and why."""

    feed = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.CharField(max_length=60, widget=forms.HiddenInput)
    identifier = forms.CharField(max_length=200, widget=forms.HiddenInput)
    found_by = forms.ChoiceField(
        label=_("由谁发现"), choices=Recall.Finder.choices, widget=forms.RadioSelect, initial=Recall.Finder.FACILITY
    )
    resends = forms.BooleanField(
        label=_("机构会重新发送这份报告，写明本来的人（收到后自动移过去）"),
        required=False,
    )
    noticed_at = forms.DateTimeField(
        label=_("什么时候发现的"),
        help_text=_("不填就是现在。"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(
        label=_("为什么收回"),
        help_text=_("例如：检验科来电，标本贴错条码。不要写姓名和病情。"),
        min_length=2,
        max_length=200,
        widget=forms.TextInput(attrs=NO_FILL),
    )

    def clean_noticed_at(self) -> datetime | None:
        """Nobody notices anything in the future."""
        noticed: datetime | None = self.cleaned_data["noticed_at"]
        if noticed and noticed > clock.now():
            raise ValidationError(_("发现的时间不能晚于现在。"))
        return noticed


class PersonForm(forms.Form):
    """Whose it is: number and name as the facility now says."""

    number = forms.CharField(label=_("本来那个人的证件号码"), max_length=30, widget=forms.TextInput(attrs=NO_FILL))
    name = forms.CharField(
        label=_("本来那个人的姓名"), min_length=2, max_length=100, widget=forms.TextInput(attrs=NO_FILL)
    )
    document: Document | None = None

    def clean_number(self) -> str:
        """The number; its document beside it."""
        self.document = read_document(self.cleaned_data["number"])
        return self.document.number


class DecideForm(forms.Form):
    """A decision, on what grounds, and how many decisions its maker had seen."""

    reason = forms.CharField(
        label=_("依据"),
        help_text=_("怎样核对的，例如：和检验科核对了条码。不要写病情。"),
        min_length=2,
        max_length=200,
        widget=forms.TextInput(attrs=NO_FILL),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class WriteUpForm(forms.Form):
    """Cause and measures; both are needed to close."""

    cause = forms.CharField(
        label=_("原因分析"),
        help_text=_("为什么会错：哪一步、哪个系统。不要写姓名和病情。"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    measures = forms.CharField(
        label=_("整改措施"),
        help_text=_("做了什么、谁负责、什么时候完成，使它不再发生。"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
