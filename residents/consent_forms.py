"""Which purposes were ticked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.consenting import Asked


class ConsentForm(forms.Form):
    """One box for each purpose that is still open; at least one is ticked."""

    def __init__(self, *args: Any, asked: Sequence[Asked], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purposes"] = forms.MultipleChoiceField(
            choices=[(one.purpose, one.text.title) for one in asked],
            widget=forms.CheckboxSelectMultiple,
            label=_("我同意"),
            error_messages={"required": _("请先读一读，在您同意的项目前打勾；都不同意就点“以后再说”。")},
        )
