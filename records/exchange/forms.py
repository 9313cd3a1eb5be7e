"""What engineers type about a held message: why it needs nothing more. Feeds have forms of their own."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.models import Held


class HeldForm(forms.ModelForm):
    """Closing a held message by hand: what was done about it."""

    class Meta:
        model = Held
        fields = ["resolution"]
        help_texts = {
            "resolution": gettext_lazy("写明怎样处理的，例如“机构已更正并重新发送”。填写并保存后，这条消息不再处理。")
        }

    def clean_resolution(self) -> str:
        """Closing needs a reason."""
        said = str(self.cleaned_data["resolution"]).strip()
        if not said:
            raise ValidationError(_("请写明处理结果。"))
        return said
