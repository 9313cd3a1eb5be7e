"""What is typed about an entry that is said to be wrong."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.models import Dispute


class DisputeForm(forms.Form):
    """What is wrong with the entry."""

    reason = forms.ChoiceField(
        label=_("哪里不对"),
        choices=Dispute.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一项：不是您的、没做过，还是内容有误。")},
    )
    words = forms.CharField(
        label=_("想补充的话"),
        help_text=_("内容有误的，请写清楚错在哪里、应该是什么。"),
        max_length=500,
        required=False,
        error_messages={"max_length": _("请写在500个字以内。")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        """What is wrong in the content must be said."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == Dispute.Reason.WRONG and not cleaned.get("words", "x").strip():
            self.add_error("words", _("请写一写错在哪里、应该是什么，机构才好核实。"))
        return cleaned


class ObjectionForm(forms.Form):
    """Why the answer does not settle it."""

    words = forms.CharField(
        label=_("为什么不同意"),
        max_length=500,
        error_messages={"required": _("请写一写为什么不同意这个答复。"), "max_length": _("请写在500个字以内。")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
