"""What readers write of a text, and what editors answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from health_education.models import Feedback
from health_education.models.reading import LONGEST_PLACE, LONGEST_WORDS
from health_education.readers_words import without_numbers

NO_NUMBERS = _("请不要写姓名、电话和证件号码，长串数字会自动去掉。")


class FeedbackForm(forms.Form):
    """One of three words, and what somebody wants to add; an error needs its place."""

    kind = forms.ChoiceField(label=_("您觉得这篇文章"), choices=Feedback.Kind.choices, widget=forms.RadioSelect)
    place = forms.CharField(
        label=_("哪一处"),
        required=False,
        max_length=LONGEST_PLACE,
        help_text=_("发现错误时请写明，例如：第二段，“每天不超过5克盐”那一句。"),
    )
    words = forms.CharField(
        label=_("想对编辑说的话"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=NO_NUMBERS,
    )

    def clean_place(self) -> str:
        return without_numbers(self.cleaned_data["place"])

    def clean_words(self) -> str:
        return without_numbers(self.cleaned_data["words"])

    def clean(self) -> dict[str, Any] | None:
        typed = super().clean()
        if typed and typed.get("kind") == Feedback.Kind.WRONG and not typed.get("place"):
            self.add_error("place", _("请写明哪一处有错，编辑好去核对。"))
        return typed


class AnswerForm(forms.Form):
    """An editor's answer; may be empty."""

    answer = forms.CharField(
        label=_("答复（可不填）"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("读者登录着写的，会收到消息，在“我的反馈”里看到答复；没登录的收不到。"),
    )
