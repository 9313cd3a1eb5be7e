"""What is typed on the staff's pages about people."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from residents.documents import Document
from residents.forms import read_document
from residents.openings import SHORTEST_REASON

NO_FILL = {"autocomplete": "off", "spellcheck": "false"}
SHORTEST_NAME, SHORTEST_PINYIN = 2, 3
REASONS = [
    ("门诊接诊", _("门诊接诊")),
    ("随访和公共卫生服务", _("随访和公共卫生服务")),
    ("办理预约", _("办理预约")),
    ("本人来询问，解释结果", _("本人来询问，解释结果")),
]
TASKS: list[tuple[str, str | Promise]] = [
    ("book", _("约号")),
    ("cancel", _("退号")),
    ("print", _("打印结果")),
    ("explain", _("讲解结果和档案")),
]


class PlaceForm(forms.Form):
    """A form about one of the places where the account works; with one place there is nothing to choose."""

    facility = forms.ModelChoiceField(label=_("在哪个机构办理"), queryset=Facility.objects.none(), empty_label=None)

    def __init__(self, *args: Any, places: list[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Facility.objects.filter(pk__in=places, is_active=True)
        self.only = field.queryset.first() if len(places) == 1 else None
        if self.only is not None:
            field.widget, field.required = forms.HiddenInput(), False

    def clean_facility(self) -> Facility:
        """The place chosen, or the only one there is."""
        chosen: Facility = self.only or self.cleaned_data["facility"]
        return chosen


class SearchForm(forms.Form):
    """One box: a name, its pinyin, or a whole document number. What is typed is never part of an address."""

    words = forms.CharField(
        label=_("姓名、拼音或完整证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "search", **NO_FILL}),
        error_messages={"required": _("请输入姓名、拼音或完整证件号码。")},
    )
    document: Document | None = None

    def clean_words(self) -> str:
        """The name or pinyin; a document number goes to `document`."""
        typed = " ".join(str(self.cleaned_data["words"]).split())
        if any(sign.isdigit() for sign in typed):
            self.document = read_document(typed)
            return typed
        shortest = SHORTEST_PINYIN if typed.isascii() else SHORTEST_NAME
        if len(typed) < shortest:
            raise ValidationError(_("请至少输入两个汉字，或拼音的前三个字母。"))
        return typed


class OpenForm(PlaceForm):
    """Why somebody is opened."""

    reason = forms.ChoiceField(label=_("为什么打开"), choices=REASONS, widget=forms.RadioSelect)
    field_order = ["reason", "facility"]


class EmergencyForm(PlaceForm):
    """Whom exactly, and why now."""

    number = forms.CharField(
        label=_("证件号码"),
        required=False,
        max_length=30,
        help_text=_("没有证件时，填写下面的姓名和出生日期。"),
        widget=forms.TextInput(attrs=NO_FILL),
    )
    name = forms.CharField(label=_("完整姓名"), required=False, max_length=100, widget=forms.TextInput(attrs=NO_FILL))
    born = forms.DateField(label=_("出生日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("紧急情况"),
        min_length=SHORTEST_REASON,
        max_length=200,
        help_text=_("例如：车祸昏迷送急诊，需了解过敏史。居民本人和审计员都会看到。"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"min_length": _("请写明紧急情况，至少5个字。")},
    )
    document: Document | None = None

    def clean_number(self) -> str:
        """The number in its stored form, its document beside it."""
        typed = str(self.cleaned_data["number"])
        if typed:
            self.document = read_document(typed)
        return typed

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        named = self.cleaned_data.get("name") and self.cleaned_data.get("born")
        if "number" not in self.errors and self.document is None and not named:
            raise ValidationError(_("请填写完整的证件号码，或者姓名和出生日期两项都填。"))
        return cleaned


class AssistForm(PlaceForm):
    """The resident's card or code, and what the resident wants done."""

    code = forms.CharField(
        label=_("帮办卡或帮办码"),
        max_length=40,
        help_text=_("扫描帮办卡上的二维码，或输入卡上的16位字符，或输入居民说出的8位数字。"),
        widget=forms.TextInput(attrs={"autofocus": True, "inputmode": "text", **NO_FILL}),
        error_messages={"required": _("请扫描帮办卡，或输入帮办码。")},
    )
    tasks = forms.MultipleChoiceField(
        label=_("居民要办什么"),
        choices=TASKS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请先问清居民要办什么，至少选一项。")},
    )
    field_order = ["code", "tasks", "facility"]
