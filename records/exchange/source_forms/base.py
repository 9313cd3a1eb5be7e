"""What the forms of all kinds of feeds have in common."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange import joining
from records.exchange.models import Source
from records.exchange.problems import NotListed, PullFailed
from records.exchange.sentences import shown

Kind = Source.Kind
PREFIX = "option_"
NUMBERS = f"{PREFIX}{joining.OPTION}"
CHARSETS: list[tuple[str, str | Promise]] = [
    ("", gettext_lazy("自动识别")),
    ("UTF-8", "UTF-8"),
    ("GB18030", gettext_lazy("GB18030（含 GBK、GB2312）")),
]
CODE = gettext_lazy("字母、数字和横线，例如 county-fhir。命令行用它指定数据来源。")
HOSTS = gettext_lazy("门户只访问这里列出的主机，写成“主机名:端口”，多个用逗号隔开，例如 10.1.2.3:8443。")
TOKEN = gettext_lazy(
    "一般不填：凭证在“凭证”页里保存。也可以放在服务器的环境变量里，这里写变量的名称，以 FACILITY_TOKEN_ 开头。"
)
WEBLIKE = ("address", "allowed_hosts", "credential", "interval_minutes")


class SourceForm(forms.ModelForm):
    """What every feed has. A kind's own settings are fields named `option_…`, kept in `options`."""

    kind_of_source: ClassVar[Kind]
    asked: ClassVar[tuple[str, ...]] = ()

    option_patient_numbers_of = forms.SlugField(
        label=gettext_lazy("患者编号同"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "影像、检验系统用的就是本机构另一个系统（例如 HIS）的患者编号时，填那个数据来源的编码："
            "编号已知、姓名相符的自动对应。各有各的编号就不填。"
        ),
    )

    class Meta:
        model = Source
        fields = ["facility", "code", "name", "kind", *WEBLIKE]
        widgets = {
            "kind": forms.HiddenInput,
            "address": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "allowed_hosts": forms.TextInput(attrs={"class": "vLargeTextField"}),
        }
        help_texts = {
            "code": CODE,
            "allowed_hosts": HOSTS,
            "credential": TOKEN,
            "interval_minutes": gettext_lazy("连续失败时，间隔会自动加倍。"),
        }

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        if "kind" in self.fields:
            self.fields["kind"].initial = self.kind_of_source
        if "facility" in self.fields and not self.instance._state.adding:
            self.fields["facility"].disabled = True  # what has come belongs to this facility
        for name in self.options():
            self.fields[name].initial = self.said(name.removeprefix(PREFIX))
        self.fields[NUMBERS].initial = self.instance.options.get(joining.OPTION)

    @classmethod
    def options(cls) -> list[str]:
        """The names of the fields that are settings."""
        return [name for name in cls.base_fields if name.startswith(PREFIX)]

    def said(self, key: str) -> Any:
        """What a setting says now, as its field shows it."""
        return self.instance.options.get(key)

    def clean_kind(self) -> str:
        """A kind is chosen once."""
        return self.kind_of_source.value

    def clean_allowed_hosts(self) -> list[str]:
        """Hosts in lower case, each with its port."""
        hosts = [host.strip().lower() for host in self.cleaned_data["allowed_hosts"] or []]
        for host in hosts:
            name, colon, port = host.rpartition(":")
            if not (name and colon and port.isdigit() and "/" not in host):
                raise ValidationError(_("“%(host)s”应写成“主机名:端口”，例如 10.1.2.3:8443。") % {"host": host})
        return hosts

    def clean(self) -> dict[str, Any]:
        """The settings put together, and everything tried with the code that will use it."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        self.instance.options = self._with_numbers(self.settings(cleaned), cleaned)
        place = cleaned.get("facility") or self.instance.facility
        wrong = joining.problem(Source(pk=self.instance.pk, facility=place, options=self.instance.options))
        if wrong:
            self.add_error(NUMBERS, wrong)
        try:
            self.check_place(self._candidate(cleaned))
        except NotListed as problem:
            said = _("接口地址的主机和端口不在这里。核对无误后，请加上“%(place)s”。")
            self.add_error("allowed_hosts", said % {"place": problem.place})
        except PullFailed as problem:
            self.add_error(self._field_named(str(problem), "address"), shown(str(problem)))
        return cleaned

    def settings(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The settings of this form put over those that other pages keep; an empty one is taken away."""
        keys = {name.removeprefix(PREFIX): cleaned.get(name) for name in self.options()}
        kept = {key: value for key, value in self.instance.options.items() if key not in keys}
        return kept | {key: value for key, value in keys.items() if value not in (None, "", [], {})}

    def _with_numbers(self, settings: dict[str, Any], cleaned: dict[str, Any]) -> dict[str, Any]:
        """The settings with the one that every kind has."""
        rest = {key: value for key, value in settings.items() if key != joining.OPTION}
        return rest | ({joining.OPTION: cleaned[NUMBERS]} if cleaned.get(NUMBERS) else {})

    def check_place(self, source: Source) -> None:
        """Raise PullFailed for a feed that could not be fetched from as it is set up."""

    def _candidate(self, cleaned: dict[str, Any]) -> Source:
        """The feed as it would be, without its secrets: those are the worker's alone."""
        return Source(
            kind=self.kind_of_source,
            address=cleaned.get("address", ""),
            allowed_hosts=cleaned.get("allowed_hosts", []),
            options=self.instance.options,
        )

    def _field_named(self, sentence: str, otherwise: str) -> str | None:
        """The field of the setting that a sentence is about."""
        about = [name for name in self.options() if f" {name.removeprefix(PREFIX)} " in sentence]
        if about:
            return about[0]
        return otherwise if otherwise in self.fields else None
