"""How to narrow a list, as it stands in an address."""

from typing import Any
from uuid import UUID

from django import forms

from records.lists.narrowing import Offered, Wanted


class NarrowForm(forms.Form):
    """Narrow a list. A value that is not on offer narrows nothing."""

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
            "time": forms.ChoiceField(required=False, choices=[(time, time) for time in offered.times]),
        }

    def wanted(self) -> Wanted:
        """What the valid parts of the form ask for."""
        self.is_valid()
        return Wanted(
            category=self.cleaned_data.get("category") or "",
            facility_id=self.cleaned_data.get("facility"),
            time=self.cleaned_data.get("time") or "",
            abnormal=self.cleaned_data.get("abnormal", False),
            cancelled=self.cleaned_data.get("cancelled", False),
        )
