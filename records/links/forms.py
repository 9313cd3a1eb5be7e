"""What is chosen around a health link. Forms understand; they never act."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.links import passcodes
from records.sharing.secrets import figures_in

FIGURES = {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}


class NewLinkForm(forms.Form):
    """For how long, and a passcode of one's own. `form_key` tells a form sent twice."""

    days = forms.TypedChoiceField(label=_("有效多久"), coerce=int)
    passcode = forms.CharField(
        label=_("自己定一个密码"),
        help_text=_("6到12位数字。不填就由系统给一个。"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=FIGURES),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, days: list[int], born: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.born = born
        self.fields["days"].choices = [(number, number) for number in days]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_passcode(self) -> str:
        """Figures, enough of them, and not the first that anybody would try; made here where none was typed."""
        typed = self.cleaned_data["passcode"]
        if not typed.strip():
            return passcodes.new()
        code = figures_in(typed)
        if not passcodes.SHORTEST <= len(code) <= passcodes.LONGEST:
            raise forms.ValidationError(_("密码要6到12位数字。"))
        if passcodes.is_easy(code, self.born):
            raise forms.ValidationError(_("这个密码太容易猜到（如连号、重复的数字、生日），请换一个。"))
        return code
