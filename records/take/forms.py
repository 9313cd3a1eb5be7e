"""What is chosen of the record before it is taken along. Forms understand; they never act."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.fhir.gathering import OWN, SLUGS, Chosen

DAY = {"type": "date"}
TITLES = {
    "conditions": _("诊断与慢性病"),
    "allergies": _("过敏史"),
    "medications": _("用药"),
    "immunizations": _("预防接种"),
    "procedures": _("手术操作"),
    "encounters": _("就诊"),
    "examinations": _("健康体检"),
    "followups": _("随访"),
    "documents": _("医疗文书"),
    "imaging": _("影像检查目录"),
    "vitals": _("体征测量"),
    "reports": _("检查检验结果"),
    OWN: _("我自己记的（在家量的血压、血糖、体重）"),
}


class ChooseForm(forms.Form):
    """Which kinds, and from when to when; nothing chosen is everything."""

    kinds = forms.MultipleChoiceField(
        label=_("哪些内容"),
        help_text=_("一项都不勾，就是全部（我自己记的除外，要带就请勾上）。"),
        choices=[(slug, TITLES[slug]) for slug in (*SLUGS, OWN)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(label=_("从哪天"), required=False, widget=forms.DateInput(attrs=DAY))
    until = forms.DateField(label=_("到哪天"), required=False, widget=forms.DateInput(attrs=DAY))

    def clean(self) -> dict[str, Any]:
        """A period ends after it begins."""
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", _("结束日期早于开始日期。"))
        return found

    @property
    def chosen(self) -> Chosen:
        """What a valid form asks for."""
        told, kinds = self.cleaned_data, set(self.cleaned_data["kinds"])
        # Own values come on top: whoever ticks only them wants the record with them.
        return Chosen(frozenset((kinds - {OWN} or set(SLUGS)) | (kinds & {OWN})), told["since"], told["until"])
