"""What was typed: how to narrow the list of reports, and the code of a printed copy."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from records import codes
from records.access import Offered, Wanted


class ReportFilterForm(forms.Form):
    """Narrow the list of reports. A value that is not on offer narrows nothing."""

    abnormal = forms.BooleanField(required=False)
    cancelled = forms.BooleanField(required=False)

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            "category": forms.ChoiceField(required=False, choices=[(name, name) for name in offered.categories]),
            "facility": forms.TypedChoiceField(
                required=False,
                coerce=UUID,
                empty_value=None,
                choices=[(str(key), name) for key, name in offered.facilities],
            ),
            "year": forms.TypedChoiceField(
                required=False, coerce=int, empty_value=None, choices=[(year, year) for year in offered.years]
            ),
        }

    def wanted(self) -> Wanted:
        """What the valid parts of the form ask for."""
        self.is_valid()
        return Wanted(
            category=self.cleaned_data.get("category") or "",
            facility_id=self.cleaned_data.get("facility"),
            year=self.cleaned_data.get("year"),
            abnormal=self.cleaned_data.get("abnormal", False),
            cancelled=self.cleaned_data.get("cancelled", False),
        )


class CodeForm(forms.Form):
    """The code printed on a copy, as people type it."""

    code = forms.CharField(
        label=_("防伪码"),
        help_text=_("印在报告二维码下方，共24位；大小写、空格和短横线都可以。"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        """The code without blanks and hyphens."""
        code = codes.tidy(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("防伪码应为24位字母和数字，请对照报告逐位核对。"))
        return code
