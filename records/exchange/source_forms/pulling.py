"""Feeds that are asked: a FHIR server, a PACS, a view on a front-end machine."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.http import check_place
from records.exchange.models import Source
from records.exchange.pacs.viewers import MOST_MINUTES
from records.exchange.source_forms.base import CHARSETS, WEBLIKE, Kind, SourceForm
from records.exchange.sqlviews import plan
from records.exchange.tables.plan import read_plan
from records.exchange.tables.problems import BadPlan

VIEWER = ("template", "secret", "minutes")


class FhirForm(SourceForm):
    """A FHIR server that is asked."""

    kind_of_source = Kind.FHIR_R4
    asked = WEBLIKE

    class Meta(SourceForm.Meta):
        help_texts = {
            **SourceForm.Meta.help_texts,
            "address": gettext_lazy("FHIR 接口的根地址，例如 https://10.1.2.3:8443/fhir。R4 最好，STU3 和 R5 也能读。"),
        }

    def check_place(self, source: Source) -> None:
        check_place(source)


class DicomForm(SourceForm):
    """A PACS."""

    kind_of_source = Kind.DICOMWEB
    asked = WEBLIKE

    option_charset = forms.ChoiceField(
        label=gettext_lazy("字符集"),
        required=False,
        choices=CHARSETS,
        help_text=gettext_lazy("影像里没有写明、汉字又显示成乱码时，选它的实际字符集。"),
    )
    option_template = forms.CharField(
        label=gettext_lazy("影像浏览器的地址"),
        required=False,
        max_length=400,
        help_text=gettext_lazy(
            "不用就不填。以 https:// 开头，可以写 {study}、{accession}、{expires}、{signature}，打开时由门户填上。"
        ),
    )
    option_secret = forms.RegexField(
        r"^FACILITY_TOKEN_[A-Z0-9_]+$",
        label=gettext_lazy("影像浏览器签名密钥的变量名"),
        required=False,
        max_length=80,
        error_messages={"invalid": gettext_lazy("名称应以 FACILITY_TOKEN_ 开头，后面是大写字母、数字或下划线。")},
        help_text=gettext_lazy(
            "一般不填：签名密钥在“凭证”页里保存。也可以放在网页进程的环境变量里，这里写变量的名称。"
        ),
    )
    option_minutes = forms.IntegerField(
        label=gettext_lazy("影像浏览器链接的有效分钟数"), required=False, min_value=1, max_value=MOST_MINUTES
    )

    class Meta(SourceForm.Meta):
        help_texts = {
            **SourceForm.Meta.help_texts,
            "address": gettext_lazy("DICOMweb 的根地址，例如 https://10.1.2.3:8443/dicom-web。"),
        }

    def said(self, key: str) -> Any:
        viewer = self.instance.options.get("viewer")
        return super().said(key) if key not in VIEWER else (viewer if isinstance(viewer, dict) else {}).get(key)

    def settings(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The viewer's settings lie together."""
        made = super().settings(cleaned)
        made.pop("viewer", None)
        viewer = {key: made.pop(key) for key in VIEWER if key in made}
        return made | ({"viewer": viewer} if viewer else {})

    def check_place(self, source: Source) -> None:
        check_place(source)
        viewer = source.options.get("viewer", {})
        if viewer and not str(viewer.get("template", "")).startswith("https://"):
            self.add_error("option_template", _("影像浏览器的地址应以 https:// 开头。"))


class Mapping(forms.JSONField):
    """A mapping as somebody can read it: a line for each field."""

    def prepare_value(self, value: Any) -> Any:
        """What is kept line by line; what was typed in wrongly as it is."""
        return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict) else value


class ViewForm(SourceForm):
    """A read-only view on a front-end machine."""

    kind_of_source = Kind.SQL_VIEW
    asked = WEBLIKE

    option_view = forms.CharField(
        label=gettext_lazy("视图"), max_length=130, help_text=gettext_lazy("视图名，或“模式名.视图名”。")
    )
    option_watermark = forms.CharField(
        label=gettext_lazy("水位列"),
        max_length=64,
        help_text=gettext_lazy("新增、修改都会变大的一列，例如修改时间。"),
    )
    option_key = forms.CharField(
        label=gettext_lazy("键列"),
        max_length=300,
        help_text=gettext_lazy("能区分每一行的列，最多 4 列，用逗号隔开，例如：样本号, 项目代码。"),
    )
    option_tls = forms.ChoiceField(
        label=gettext_lazy("加密"),
        required=False,
        choices=[
            ("", gettext_lazy("加密")),
            ("verify", gettext_lazy("加密，并核对证书和主机名")),
            ("off", gettext_lazy("不加密（只用于受保护的专线）")),
        ],
    )
    option_page_rows = forms.IntegerField(
        label=gettext_lazy("一次查多少行"), required=False, min_value=1, max_value=plan.MOST_PAGE_ROWS
    )
    option_overlap_numbers = forms.IntegerField(
        label=gettext_lazy("水位是整数时，每次向前重叠多少"), required=False, min_value=1, max_value=1_000_000
    )
    option_columns = Mapping(
        label=gettext_lazy("列对照"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        error_messages={"invalid": gettext_lazy("列对照不是正确的 JSON。请核对引号、逗号和括号。")},
        help_text=gettext_lazy(
            "哪个字段是视图里的哪一列，格式与表格文件相同（docs/connect/tables.md），例如 "
            '{"columns": {"report_number": "检验单号", "result": "结果"}}。'
        ),
    )

    class Meta(SourceForm.Meta):
        help_texts = {
            **SourceForm.Meta.help_texts,
            "address": gettext_lazy(
                "例如 postgresql://portal_read@10.1.2.3:5432/his。不写密码：密码在“凭证”页里保存。"
            ),
        }

    def said(self, key: str) -> Any:
        value = super().said(key)
        if key == "tls" and value == "require":
            return ""
        return ", ".join(map(str, value)) if key == "key" and isinstance(value, list) else value

    def clean_option_key(self) -> str | list[str]:
        """One column as it is, several as a list."""
        names = [name.strip() for name in self.cleaned_data["option_key"].replace("，", ",").split(",")]
        return names[0] if len(names) == 1 else names

    def clean_option_columns(self) -> Any:
        """The mapping, read as it will be."""
        given = self.cleaned_data["option_columns"] or {}
        try:
            read_plan(given)
        except BadPlan as problem:
            raise ValidationError("".join(problem.sentences[:3])) from None
        return given

    def check_place(self, source: Source) -> None:
        plan.target_of(source)
        plan.view_of(source.options, plan.MOST_PAGE_ROWS)
