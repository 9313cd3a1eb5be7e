"""What is typed of a picture, a video or a recording."""

import re
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from health_education.media import deeds
from health_education.media.probing import Facts
from health_education.media.refusals import Unfit
from health_education.models import Medium

CUE = re.compile(r"^(?:\d+:)?\d\d:\d\d\.\d{3}\s+-->\s+(?:\d+:)?\d\d:\d\d\.\d{3}", re.MULTILINE)
ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,video/mp4,video/webm,audio/*"
WORDS = ("title", "alt", "captions", "transcript")


class WordsForm(forms.ModelForm):
    """The words of a medium: what is read where it cannot be seen or heard."""

    class Meta:
        model = Medium
        fields = WORDS
        widgets: ClassVar = {
            "title": forms.TextInput(attrs={"class": "vTextField"}),
            "alt": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
            "captions": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
            "transcript": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        }

    def clean_captions(self) -> str:
        """Captions as WebVTT; raises ValidationError for another format, as browsers would show nothing."""
        text = str(self.cleaned_data["captions"]).replace("\r\n", "\n").strip()
        if text and not (text.startswith("WEBVTT") and CUE.search(text)):
            raise ValidationError(
                _("字幕要用 WebVTT 格式：第一行 WEBVTT，空一行，然后每句前写时间，如 00:01.000 --> 00:04.000。")
            )
        return text


class UploadForm(WordsForm):
    """A new file with its words. What it is shows in `facts`, seen from its content."""

    file = forms.FileField(
        label=gettext_lazy("文件"),
        error_messages={
            "required": gettext_lazy("请选择要上传的文件。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
    )
    field_order = ("file", *WORDS)
    facts: Facts | None = None

    def __init__(self, *args: Any, now: datetime, too_large: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        if too_large:
            words = _("文件超过%(most)s兆，没有接收。请压缩后再上传。") % {"most": too_large}
            self.fields["file"].error_messages["required"] = words
        self.fields["file"].widget.attrs["accept"] = ACCEPTED

    def clean_file(self) -> Any:
        """The file, judged by what it holds; raises ValidationError with the reason."""
        file = self.cleaned_data["file"]
        try:
            self.facts = deeds.judged(file.file, self.now)
        except Unfit as refusal:
            raise ValidationError(str(refusal)) from refusal
        return file

    def clean(self) -> dict[str, Any]:
        """A picture needs words for who cannot see it; raises ValidationError."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if self.facts and self.facts.kind == Medium.Kind.IMAGE and not typed.get("alt", "").strip():
            raise ValidationError({"alt": _("请写文字说明：看不见图片的人听到的就是这句话。")})
        return typed

    def words(self) -> dict[str, str]:
        """The typed words, as the table keeps them."""
        return {name: self.cleaned_data[name] for name in WORDS}
