"""What is typed: a search, an article's frame, a verdict, a time of publishing."""

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from health_education import frames
from health_education.library import code_of
from health_education.models import LITERACY_ITEMS, Article, Audience, Explains, Kind, Tag

LONGEST_SEARCH = 40
USE = {"kind", "audience", "tags", "speciality", "language", "translation_of"}


class FindForm(forms.Form):
    """What a reader looks for. Everything is optional; what makes no sense is left out rather than complained about."""

    q = forms.CharField(required=False)
    topic = forms.SlugField(required=False)
    audience = forms.ChoiceField(choices=Audience.choices, required=False)

    def wanted(self) -> dict[str, str]:
        """The valid part of what was asked, with empty texts for the rest."""
        self.is_valid()
        typed = {name: str(self.cleaned_data.get(name, "")).strip() for name in ("q", "topic", "audience")}
        return {**typed, "q": typed["q"][:LONGEST_SEARCH]}


class ArticleForm(forms.ModelForm):
    audience = forms.MultipleChoiceField(
        label=_("适用人群"), choices=Audience.choices, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.MultipleChoiceField(
        label=_("疾病标签"), choices=Tag.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    literacy_items = SimpleArrayField(
        forms.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(LITERACY_ITEMS)]),
        label=_("健康素养条目（1-66）"),
        required=False,
        help_text=_("《中国公民健康素养——基本知识与技能（2024年版）》的条目号，用英文逗号分隔，如 5,37。"),
    )

    codes = forms.CharField(
        label=_("说明的项目"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "spellcheck": "false"}),
        help_text=_(
            "只有检查说明卡要填，每行一个：检验项目写 loinc:编码，如 loinc:718-7；疾病写 condition:疾病标签，如"
            " condition:hypertension。审核人看过的编码才会显示在居民的结果旁边；删掉的马上不再显示。"
        ),
    )

    class Meta:
        model = Article
        fields = [
            "slug",
            "kind",
            "topic",
            "audience",
            "tags",
            "literacy_items",
            "speciality",
            "language",
            "translation_of",
        ]
        help_texts = {
            "slug": _("用作网址，只能用英文字母、数字和连字符，如 eat-less-salt。发布后请不要再改。"),
            "speciality": _("由登记了这个专业的审核人审核；全科的文章每位审核人都能审。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["codes"] = "\n".join(map(str, self.instance.explains.current()))
            if asked := frames.open_change(self.instance):
                self.initial.update({name: getattr(asked, name) for name in USE - {"translation_of"}})
                self.initial["translation_of"] = asked.translation_of_id

    def clean_codes(self) -> list[tuple[str, str]]:
        """What the card explains, as (system, code); each code is explained by one card only."""
        typed = {word: code_of(word) for word in str(self.cleaned_data["codes"]).split()}
        if wrong := [word for word, code in typed.items() if code is None]:
            raise ValidationError(
                _("请写成 loinc:编码 或 condition:疾病标签：%(words)s。") % {"words": "、".join(wrong)}
            )
        codes = [code for code in typed.values() if code]
        others = Explains.objects.current().exclude(article=self.instance.pk)
        for system, code in codes:
            if taken := others.filter(system=system, code=code).select_related("article").first():
                words = {"code": f"{system}:{code}", "slug": taken.article.slug}
                raise ValidationError(_("%(code)s 已由另一张卡（%(slug)s）说明。") % words)
        return codes

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self._keep_what_is_judged(cleaned)
        if cleaned.get("codes") and cleaned.get("kind") != Kind.EXPLANATION:
            self.add_error("codes", _("只有类型是“检查说明卡”时才能填写说明的项目。"))
        return cleaned

    def _keep_what_is_judged(self, cleaned: dict[str, Any]) -> None:
        """What a text is for stays while its first wording is judged: else what was judged would be another text."""
        if self.instance._state.adding or not frames.is_judged(self.instance):
            return
        for name in USE.intersection(cleaned, self.changed_data):
            self.add_error(name, _("有一个版本正在初审或审核，请先撤回它，再改这一项。"))


class ReviewForm(forms.Form):
    comment = forms.CharField(
        label=_("审核意见"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("退回时必须写明需要修改的地方；通过时可以不写。"),
    )


class UseForm(ReviewForm):
    """A reviewer's word on another use of an approved text, or on codes that wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "use_%s")
        super().__init__(*args, **kwargs)
        self.fields["comment"].help_text = _("不同意时必须写明原因，编辑会看到；确认时可以不写。")


class PublishForm(forms.Form):
    publish_at = forms.DateTimeField(
        label=_("发布时间"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("不填表示现在就发布；填以后的时间，到时自动出现。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "publish_%s")
        super().__init__(*args, **kwargs)
