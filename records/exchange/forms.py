"""What engineers type: a source's address and where it may be asked, why a held message needs nothing more."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.models import Held, Source

PORTS = {"http": 80, "https": 443}


class SourceForm(forms.ModelForm):
    """A feed of a facility; the address must be one of the hosts it may be asked at."""

    class Meta:
        model = Source
        fields = [
            "facility",
            "code",
            "name",
            "kind",
            "address",
            "allowed_hosts",
            "credential",
            "interval_minutes",
            "state",
        ]
        help_texts = {
            "code": gettext_lazy("字母、数字和横线，例如 county-fhir。命令行用它指定数据来源。"),
            "kind": gettext_lazy("“FHIR R4 接口”由门户定时拉取；“文件导入”用 manage.py import_fhir 导入。"),
            "address": gettext_lazy("FHIR 接口的根地址，例如 https://10.1.2.3:8443/fhir。文件导入不用填。"),
            "allowed_hosts": gettext_lazy("门户只访问这里列出的主机，写成“主机名:端口”，多个用逗号隔开。"),
            "credential": gettext_lazy(
                "保存访问令牌的环境变量的名称，以 FACILITY_TOKEN_ 开头；令牌本身只放在服务器的环境变量里。没有就不填。"
            ),
            "interval_minutes": gettext_lazy("连续失败时，间隔会自动加倍。"),
            "state": gettext_lazy("先“暂停”保存，联调通过后再“启用”。"),
        }

    def clean_allowed_hosts(self) -> list[str]:
        """Hosts in lower case, each with its port."""
        hosts = [host.strip().lower() for host in self.cleaned_data["allowed_hosts"] or []]
        for host in hosts:
            name, colon, port = host.rpartition(":")
            if not (name and colon and port.isdigit() and "/" not in host):
                raise ValidationError(_("“%(host)s”应写成“主机名:端口”，例如 10.1.2.3:8443。") % {"host": host})
        return hosts

    def clean(self) -> dict[str, Any]:
        """A feed that is pulled has an address, and that address is on its list."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") != Source.Kind.FHIR_R4 or "allowed_hosts" not in cleaned or "address" not in cleaned:
            return cleaned
        parts = urlsplit(cleaned["address"])
        if parts.scheme not in PORTS or not parts.hostname:
            self.add_error("address", _("请填写以 http:// 或 https:// 开头的接口地址。"))
        elif f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}" not in cleaned["allowed_hosts"]:
            self.add_error("allowed_hosts", _("接口地址的主机和端口不在这里。"))
        return cleaned


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
