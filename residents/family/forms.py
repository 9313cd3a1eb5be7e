"""What is typed and ticked on the family pages. Shapes only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from foundation.dated import setting
from residents import documents
from residents.family import photos, terms
from residents.forms import read_document
from residents.models import Guardianship

SCOPE_WORDS = {
    "booking": gettext_lazy("预约挂号：替我预约、取消，看我的预约"),
    "results": gettext_lazy("检查检验结果：看我的化验、影像等报告"),
    "records": gettext_lazy("健康档案：看我的病史、用药、接种等，和谁看过我的档案"),
    "notices": gettext_lazy("接收提醒：我有新消息时也告诉家人"),
}
SHORT_WORDS = {
    "booking": gettext_lazy("预约挂号"),
    "results": gettext_lazy("看检查检验结果"),
    "records": gettext_lazy("看健康档案"),
    "notices": gettext_lazy("接收提醒"),
}
CHILD_CONSENTS = [
    ("records", gettext_lazy("同意在网上查看孩子的健康档案")),
    ("results", gettext_lazy("同意在网上查看孩子的检查检验结果")),
]
MONTHS_A_YEAR = 12


def term_words(months: int) -> str:
    """3个月, 1年."""
    if months % MONTHS_A_YEAR:
        return ngettext("%(count)d个月", "%(count)d个月", months) % {"count": months}
    years = months // MONTHS_A_YEAR
    return ngettext("%(count)d年", "%(count)d年", years) % {"count": years}


class LentForm(forms.Form):
    """What somebody may do for another, and how long; nothing ticked beforehand."""

    scope = forms.MultipleChoiceField(
        label=gettext_lazy("请家人帮您做什么"),
        choices=[(name, SCOPE_WORDS[name]) for name in terms.SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("勾了哪项，家人就只能办哪项。特别敏感的结果不会给代办人看。"),
        error_messages={"required": gettext_lazy("请至少勾选一项。")},
    )
    months = forms.TypedChoiceField(
        label=gettext_lazy("帮多久"),
        coerce=int,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("到期自动结束；没到期也可以随时终止。"),
        error_messages={"required": gettext_lazy("请选择期限。")},
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms_offered = self.fields["months"]
        assert isinstance(terms_offered, forms.ChoiceField)
        terms_offered.choices = [(value, term_words(months)) for value, months in choices]


class InviteForm(LentForm):
    """The same with the consent, which is given by the same act."""

    agreed = forms.BooleanField(
        label=gettext_lazy("我已读过上面的说明，同意"),
        error_messages={"required": gettext_lazy("请先读一读上面的说明，同意后打勾。")},
    )


class AgreeForm(forms.Form):
    """What a young person lets the guardian go on seeing; none of it is an answer too."""

    scope = forms.MultipleChoiceField(
        label=gettext_lazy("14周岁以后，还让监护人看"),
        choices=[("results", gettext_lazy("我的检查检验结果")), ("records", gettext_lazy("我的健康档案"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("都不勾也可以：监护人仍能替您预约、收提醒，但看不到档案和结果。以后随时可以改。"),
    )


class CodeForm(forms.Form):
    """The code that a relative handed over, and their birth date."""

    code = forms.CharField(
        label=gettext_lazy("邀请码"),
        max_length=30,
        help_text=gettext_lazy("家人给您的10位字母和数字"),
        error_messages={"required": gettext_lazy("请输入邀请码。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "data-code": ""}
        ),
    )
    birth = forms.DateField(
        label=gettext_lazy("这位家人的出生日期"),
        help_text=gettext_lazy("例如 1957-02-13，用来确认没有弄错人"),
        input_formats=["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"],
        error_messages={
            "required": gettext_lazy("请输入出生日期。"),
            "invalid": gettext_lazy("请按 1957-02-13 这样的格式输入。"),
        },
        widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}, format="%Y-%m-%d"),
    )

    def clean_code(self) -> str:
        code = terms.tidy(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("邀请码是10位字母和数字，请核对。"))
        return code


class ManyPhotos(forms.FileField):
    """Up to some photographs, each drawn anew."""

    widget = type("PhotoInput", (forms.ClearableFileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not files:
            raise ValidationError(_("请上传证明材料的照片。"))
        return [photos.read(super(ManyPhotos, self).clean(file, initial), file.size) for file in files]


class GuardianForm(forms.Form):
    """A guardian's application."""

    name = forms.CharField(
        label=gettext_lazy("孩子的姓名"),
        max_length=100,
        error_messages={"required": gettext_lazy("请输入孩子的姓名。")},
    )
    number = forms.CharField(
        label=gettext_lazy("孩子的证件号码"),
        max_length=60,
        help_text=gettext_lazy("户口簿上的18位公民身份号码，或居住证号码"),
        error_messages={"required": gettext_lazy("请输入孩子的证件号码。")},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )
    paper = forms.CharField(
        label=gettext_lazy("证明材料编号"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("户口簿户号或出生医学证明编号，没有可以不填"),
    )
    kinship = forms.ChoiceField(
        label=gettext_lazy("您是孩子的"),
        choices=Guardianship.Kinship.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择您和孩子的关系。")},
    )
    evidence_kind = forms.ChoiceField(
        label=gettext_lazy("证明材料"),
        choices=Guardianship.Evidence.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择一种证明材料。")},
    )
    pictures = ManyPhotos(label=gettext_lazy("证明材料的照片"))
    consents = forms.MultipleChoiceField(
        label=gettext_lazy("替孩子同意（未满14周岁）"),
        choices=CHILD_CONSENTS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("分别勾选；不勾也能替孩子预约。以后可以在“授权同意”里更改。"),
    )

    field_order = ("name", "number", "kinship", "evidence_kind", "paper", "pictures", "consents", "facility")

    def __init__(self, *args: Any, places: Sequence[tuple[UUID, str]], counter: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document: documents.Document | None = None
        self.fields["facility"] = forms.ChoiceField(
            label=_("请哪家机构审核"),
            choices=[("", _("请选择")), *((str(pk), name) for pk, name in places)],
            error_messages={"required": _("请选择一家机构。")},
        )
        self.order_fields(self.field_order)
        self.most = min(setting(terms.MOST_PHOTOS, clock.now()), photos.MOST)
        words = _("最多%(count)d张，每张不超过5兆。拍清楚您和孩子的页面；审核后会删除。")
        self.fields["pictures"].help_text = words % {"count": self.most}
        self.fields["pictures"].widget.attrs |= {"accept": "image/jpeg,image/png,image/webp"}
        if counter:  # the paper itself lies on the counter
            del self.fields["pictures"]

    def clean_number(self) -> str:
        now = clock.now()
        self.document = read_document(self.cleaned_data["number"])
        if terms.comes_of(self.document.birth_date, terms.ADULT_AGE, now) <= now:
            raise ValidationError(_("证件上的人已满18周岁，不再需要监护人代办。请本人邀请您。"))
        return self.document.number

    def clean_name(self) -> str:
        return "".join(self.cleaned_data["name"].split())

    def clean_facility(self) -> UUID:
        return UUID(self.cleaned_data["facility"])

    def clean_pictures(self) -> list[photos.Photo]:
        taken: list[photos.Photo] = self.cleaned_data["pictures"]
        if len(taken) > self.most:
            raise ValidationError(_("最多上传%(count)d张照片。") % {"count": self.most})
        return taken

    def asked(self) -> Guardianship:
        """The application that was filled in."""
        given = self.cleaned_data
        return Guardianship(
            kinship=given["kinship"],
            child_name=given["name"],
            evidence_kind=given["evidence_kind"],
            evidence_number=given["paper"] or None,
            consents=given["consents"],
            facility_id=given["facility"],
        )


class ReviewForm(forms.Form):
    """Yes or no; a no says why."""

    verdict = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")])
    reason = forms.CharField(
        label=gettext_lazy("未通过的原因（家长会看到）"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
