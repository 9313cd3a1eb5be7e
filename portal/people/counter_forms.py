"""What comes from a card reader, which types like a keyboard, and what staff type at the counter."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation import clock
from portal.people.forms import NO_FILL, PlaceForm
from residents.documents import Document
from residents.forms import read_document

NUMBER = re.compile(r"\d{17}[\dX]")
NAMED = re.compile(r"姓名[:：]?\s*([\u3400-\u9fff·]{2,30})")
HAN = re.compile(r"[\u3400-\u9fff·]{2,30}")
LABELS = re.compile(r"(公民身份)?(证件|身份证)?号码?|姓名|性别|民族|出生|住址|居民身份证|[男女]")
EVIDENCE = [
    ("居民死亡医学证明书", _("居民死亡医学证明（推断）书")),
    ("户口注销证明", _("户口注销证明")),
    ("法院宣告死亡判决", _("法院宣告死亡的判决书")),
]


def read_card(typed: str) -> tuple[str, str]:
    """Number and name from whatever a reader types: the number alone, with the name, or with labels."""
    text = unicodedata.normalize("NFKC", typed).upper()
    found = NUMBER.search(text.replace(" ", ""))
    number = found.group() if found else text
    named = NAMED.search(text)
    if named:
        return number, named.group(1)
    rest = HAN.search(LABELS.sub(" ", NUMBER.sub(" ", text)))
    return number, rest.group() if rest else ""


class CardForm(PlaceForm):
    """One big box for the reader, or for typing."""

    card = forms.CharField(
        label=_("把证件放到读卡器上"),
        help_text=_("读卡器会自动填好号码并提交。没有读卡器，就输入证件号码再按回车。"),
        max_length=300,
        strip=True,
        error_messages={"required": _("请把证件放到读卡器上，或输入证件号码。")},
        widget=forms.TextInput(attrs={"autofocus": True, **NO_FILL, "class": "big-input"}),
    )
    name = forms.CharField(
        label=_("证件上的姓名"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=NO_FILL),
    )
    manual = forms.BooleanField(label=_("没有用读卡器，号码是手工输入的（只能办到L2等级）"), required=False)
    field_order = ["card", "name", "manual", "facility"]
    document: Document | None = None

    def clean_card(self) -> str:
        """The number; its document beside it, and the name if the reader gave one."""
        number, self.read_name = read_card(self.cleaned_data["card"])
        self.document = read_document(number)
        return self.document.number

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["name"] = " ".join(cleaned.get("name", "").split()) or getattr(self, "read_name", "")
        return cleaned


class NameForm(forms.Form):
    """The name on the document."""

    name = forms.CharField(
        label=_("证件上的姓名"),
        max_length=100,
        min_length=2,
        error_messages={"required": _("请按证件输入姓名。"), "min_length": _("请按证件输入姓名。")},
        widget=forms.TextInput(attrs=NO_FILL),
    )

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if any(character.isdigit() for character in name):
            raise ValidationError(_("姓名里不能有数字，请按证件输入。"))
        return name


class DeathForm(PlaceForm):
    """Whose death, when, and what was shown."""

    number = forms.CharField(
        label=_("死者的证件号码"),
        help_text=_("可以用读卡器读死者的身份证，或按户口簿输入。"),
        max_length=300,
        widget=forms.TextInput(attrs=NO_FILL),
        error_messages={"required": _("请输入死者的证件号码。")},
    )
    died_on = forms.DateField(
        label=_("死亡日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("请按证明填写死亡日期。")},
    )
    evidence = forms.ChoiceField(label=_("家属出示的证明"), choices=EVIDENCE, widget=forms.RadioSelect)
    field_order = ["number", "died_on", "evidence", "facility"]
    document: Document | None = None

    def clean_number(self) -> str:
        """The number; its document beside it."""
        number, _name = read_card(self.cleaned_data["number"])
        self.document = read_document(number)
        return self.document.number

    def clean_died_on(self) -> Any:
        day = self.cleaned_data["died_on"]
        if day > timezone.localdate(clock.now()):
            raise ValidationError(_("死亡日期不能晚于今天。"))
        return day
