"""A resident's answer to a program, and the bureau's registration of one."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from residents.connected.scopes import KINDS, Kind, check_redirects
from residents.models import Program

ALLOW, DENY = "allow", "deny"


class AnswerForm(forms.Form):
    """Which of the kinds asked for the person agrees to; a no needs nothing filled in."""

    kinds = forms.MultipleChoiceField(
        label=_("同意它读取"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少留一项；一项也不同意，就按“不同意”。")},
    )
    goes_on = forms.BooleanField(required=False)

    def __init__(self, *args: Any, kinds: Sequence[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = kinds
        self.fields["kinds"].choices = [(kind.name, kind.title) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["kinds"].initial = [kind.name for kind in kinds]

    @property
    def refuses(self) -> bool:
        """Whether the person said no, which is what anything but a plain yes means."""
        return self.is_bound and self.data.get("answer") != ALLOW

    @property
    def lasting(self) -> bool:
        """Whether the program may go on by itself."""
        return bool(self.cleaned_data["goes_on"])

    def ticked(self) -> list[tuple[Kind, bool]]:
        """Each kind, and whether it is ticked."""
        wanted = self["kinds"].value() or []
        return [(kind, kind.name in wanted) for kind in self.asked]


class RedirectsField(forms.CharField):
    """Addresses, one on each line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """One on each line."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines that say something."""
        return [line.strip() for line in re.split(r"[\r\n]+", str(value or "")) if line.strip()]

    def validate(self, value: Any) -> None:
        """Raise ValidationError where there is none, one too long, or one that cannot be sent to."""
        if not value:
            raise ValidationError(self.error_messages["required"], code="required")
        if any(len(one) > 300 for one in value):
            raise ValidationError(_("每个回调地址不能超过300个字符。"))
        check_redirects(value)

    def run_validators(self, value: Any) -> None:
        """Done in `validate`: the field's own validators are for one line of text."""


class ProgramForm(forms.ModelForm):
    """A program as the bureau registers it."""

    redirect_uris = RedirectsField(
        label=Program._meta.get_field("redirect_uris").verbose_name,
        help_text=Program._meta.get_field("redirect_uris").help_text,
    )
    kinds = forms.MultipleChoiceField(
        label=Program._meta.get_field("kinds").verbose_name,
        help_text=Program._meta.get_field("kinds").help_text,
        choices=KINDS.choices(),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Program
        fields = ["name", "operator", "about", "contact", "redirect_uris", "kinds", "confidential", "is_active"]
