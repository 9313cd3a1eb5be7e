"""Feeds that send by themselves: pushed Bundles, HL7 v2 messages, files."""

import ipaddress
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.folders.places import setting_of
from records.exchange.models import Source
from records.exchange.source_forms.base import CHARSETS, Kind, SourceForm


class PushForm(SourceForm):
    """A feed that pushes Bundles: nothing to set up but its name."""

    kind_of_source = Kind.FHIR_PUSH


class FolderForm(SourceForm):
    """A feed that lays files into a folder."""

    needs_folder: ClassVar[bool] = True

    option_folder = forms.CharField(
        label=gettext_lazy("投递文件夹"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("投递根目录下的相对路径，例如 town3/lis。只用文字、数字、横线和下划线。"),
    )
    option_marker = forms.CharField(
        label=gettext_lazy("完成标志的后缀"),
        required=False,
        max_length=11,
        help_text=gettext_lazy("机构写完文件后另放一个标志文件时填写，例如 .ok。不用就不填。"),
    )
    option_quiet_seconds = forms.IntegerField(
        label=gettext_lazy("多少秒没有变化才算写完"),
        required=False,
        min_value=1,
        max_value=3600,
        help_text=gettext_lazy("不填是 10 秒。网络慢、写文件会停顿的，请调大。"),
    )

    def check_place(self, source: Source) -> None:
        if source.options.get("folder") or self.needs_folder:
            setting_of(source.options)


class TableForm(FolderForm):
    """CSV and Excel files; which column is what has a page of its own."""

    kind_of_source = Kind.TABLE


class CdaForm(FolderForm):
    """CDA documents as files."""

    kind_of_source = Kind.CDA


class FileForm(FolderForm):
    """FHIR files, by a folder or by a command."""

    kind_of_source = Kind.FILE
    needs_folder = False


class Hl7Form(FolderForm):
    """HL7 v2 messages, over the network or as files."""

    kind_of_source = Kind.HL7V2
    asked = ("allowed_hosts",)
    needs_folder = False

    option_application = forms.CharField(
        label=gettext_lazy("发送系统（MSH-3）"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("同一台机器上有几个系统时，用它分辨。"),
    )
    option_facility = forms.CharField(label=gettext_lazy("发送机构（MSH-4）"), required=False, max_length=100)
    option_port = forms.IntegerField(label=gettext_lazy("门户的接收端口"), required=False, min_value=1, max_value=65535)
    option_charset = forms.ChoiceField(
        label=gettext_lazy("字符集"),
        required=False,
        choices=CHARSETS,
        help_text=gettext_lazy("消息里没有写明（MSH-18 为空）时，按它读。"),
    )

    class Meta(SourceForm.Meta):
        labels = {"allowed_hosts": gettext_lazy("发送方的网络地址")}
        help_texts = {
            **SourceForm.Meta.help_texts,
            "allowed_hosts": gettext_lazy(
                "只收这些地址发来的消息：IP 地址或网段，例如 10.1.2.3 或 10.1.2.0/24，多个用逗号隔开。用文件夹时不填。"
            ),
        }

    def clean_allowed_hosts(self) -> list[str]:
        """Addresses or networks."""
        hosts = [host.strip() for host in self.cleaned_data["allowed_hosts"] or []]
        for host in hosts:
            try:
                ipaddress.ip_network(host, strict=False)
            except ValueError:
                raise ValidationError(
                    _("“%(host)s”应写成 IP 地址或网段，例如 10.1.2.3 或 10.1.2.0/24。") % {"host": host}
                ) from None
        return hosts

    def clean(self) -> dict[str, Any]:
        """Somebody must be able to send."""
        cleaned = super().clean()
        if not self.errors and not cleaned.get("allowed_hosts") and not cleaned.get("option_folder"):
            self.add_error("allowed_hosts", _("请填写发送方的网络地址，或者填写投递文件夹：都不填，谁也不能发送。"))
        return cleaned
