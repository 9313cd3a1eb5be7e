"""What one says about a visit one does not know."""

from django import forms
from django.utils.translation import gettext_lazy as _


class QuestionForm(forms.Form):
    """Room for a remark; none is an answer too."""

    remark = forms.CharField(
        label=_("想说明的话（可以不填）"),
        help_text=_("例如：那天我没有去过这家医院。"),
        required=False,
        max_length=300,
        error_messages={"max_length": _("请写在300个字以内。")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
