"""What is typed and ticked around a share. Forms understand; they never act."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from records.sharing.secrets import CODE_LENGTH, PIN_LENGTH, check_digit, figures_in

FIGURES = {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}


class NewShareForm(forms.Form):
    """Which reports, for how long, and whether the PIN is printed, too. `form_key` tells a form sent twice."""

    reports = forms.TypedMultipleChoiceField(
        label=_("选报告"), coerce=UUID, error_messages={"required": _("请至少选一份报告。")}
    )
    hours = forms.TypedChoiceField(label=_("有效多久"), coerce=int)
    print_pin = forms.BooleanField(required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, hours: list[int], most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.fields["hours"].choices = [(number, number) for number in hours]  # type: ignore[attr-defined]  # a ChoiceField
        chosen = self.data.getlist("reports") if self.is_bound and hasattr(self.data, "getlist") else []
        # Whose they are is asked of the database when the share is made; here they only have to be keys.
        self.fields["reports"].choices = [(key, key) for key in chosen]  # type: ignore[attr-defined]  # as above

    def clean_reports(self) -> list[UUID]:
        """Not more than a doctor can look through."""
        chosen: list[UUID] = self.cleaned_data["reports"]
        if len(chosen) > self.most:
            words = ngettext("一张凭证最多放%(count)d份报告。", "一张凭证最多放%(count)d份报告。", self.most)
            raise forms.ValidationError(words % {"count": self.most})
        return chosen


class PinForm(forms.Form):
    """The PIN, and if they like which hospital the reader is at."""

    pin = forms.CharField(
        label=_("PIN 码"),
        help_text=_("6位数字，由患者本人告诉您。"),
        max_length=20,
        widget=forms.TextInput(attrs=FIGURES),
    )
    reader = forms.CharField(
        label=_("您在哪家医院"),
        help_text=_("填了的话，患者能在访问记录里看到。"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def clean_pin(self) -> str:
        """Six figures, however they were typed."""
        pin = figures_in(self.cleaned_data["pin"])
        if len(pin) != PIN_LENGTH:
            raise forms.ValidationError(_("PIN 码是6位数字。"))
        return pin

    def forget_pin(self) -> None:
        """Show the field empty: a wrong PIN is typed anew, not mended."""
        self.data = {name: self.data.get(name) for name in self.fields} | {"pin": ""}


class OpenShareForm(PinForm):
    """The number and the PIN."""

    field_order = ["code", "pin", "reader"]
    code = forms.CharField(
        label=_("凭证号"),
        help_text=_("12位数字，空格不用管。"),
        max_length=40,
        widget=forms.TextInput(attrs=FIGURES),
    )

    def clean_code(self) -> str:
        """Twelve figures with the right last one: a slip of the finger costs no attempt."""
        code = figures_in(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(_("凭证号是12位数字，请对照患者的凭证再输一次。"))
        if check_digit(code[:-1]) != code[-1]:
            raise forms.ValidationError(_("有一位数字输错了，请逐位核对凭证号。"))
        return code
