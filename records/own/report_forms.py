"""What is typed about photographed reports, and the photographs themselves: each is drawn anew."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.dated import register
from residents.family import photos

MOST_PAGES = register("records.own_report_pages", 4, "一份自行上传的报告最多几张照片（数据库最多12，一次上传共20兆）")


class PhotoPagesField(forms.FileField):
    """Up to `most` photographs, in the order in which they were chosen."""

    widget = type("PagesInput", (forms.ClearableFileInput,), {"allow_multiple_selected": True})
    most = 1

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The photographs, drawn anew. Raises ValidationError that names the one that is no good."""
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not files:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.most:
            words = ngettext("一次最多%(count)d张照片。", "一次最多%(count)d张照片。", self.most) % {"count": self.most}
            raise ValidationError(words + _("多的可以另记一份。"))
        found, wrong = [], []
        for number, file in enumerate(files, start=1):
            try:
                found.append(photos.read(super().clean(file, initial), file.size))
            except ValidationError as error:
                wrong.append(_("第%(number)d张：%(why)s") % {"number": number, "why": "".join(error.messages)})
        if wrong:
            raise ValidationError(wrong)
        return found


class OwnReportForm(forms.Form):
    """Photographs, and what stands on them in short."""

    pages = PhotoPagesField(
        label=gettext_lazy("照片"),
        help_text=gettext_lazy("JPEG、PNG 或 WebP，每张不超过5兆。拍平、拍全、别反光。"),
        error_messages={"required": gettext_lazy("请选择照片，至少一张。")},
    )
    title = forms.CharField(
        label=gettext_lazy("这是什么报告"),
        help_text=gettext_lazy("例如：腹部B超、血常规。"),
        max_length=100,
        error_messages={
            "required": gettext_lazy("请写一写这是什么报告，例如：血常规。"),
            "max_length": gettext_lazy("名称请写在100个字以内。"),
        },
    )
    place = forms.CharField(
        label=gettext_lazy("在哪里做的"),
        max_length=100,
        required=False,
        error_messages={"max_length": gettext_lazy("医院名称请写在100个字以内。")},
    )
    done_on = forms.DateField(
        label=gettext_lazy("哪天做的"),
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"],
        error_messages={"invalid": gettext_lazy("日期看不懂，请按 2026-05-01 这样填。")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=gettext_lazy("备注"),
        max_length=200,
        required=False,
        error_messages={"max_length": gettext_lazy("备注请写在200个字以内。")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, most: int, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.too_large = today, too_large
        pages = self.fields["pages"]
        assert isinstance(pages, PhotoPagesField)
        pages.most = most
        pages.widget.attrs["accept"] = "image/jpeg,image/png,image/webp"

    def clean_done_on(self) -> date | None:
        """A day that is over."""
        day: date | None = self.cleaned_data["done_on"]
        if day is not None and day > self.today:
            raise ValidationError(_("填的是 %(day)s，还没有到。") % {"day": day.isoformat()})
        return day

    def clean(self) -> dict[str, Any]:
        """Where all together was too large, the server took none of the files: say so, not that none was chosen."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.too_large and "pages" in self.errors:
            del self.errors["pages"]
            self.add_error("pages", _("这些照片加起来太大（一次最多20兆）。请少选几张，或者换小一些的。"))
        return cleaned

    @property
    def key(self) -> UUID:
        """What tells this form from the same one sent again."""
        key: UUID = self.cleaned_data["form_key"]
        return key
