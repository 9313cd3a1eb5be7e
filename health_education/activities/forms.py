"""What staff type about activities and duties."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from health_education.models import Activity, Article, Audience, DutyEntry, Revision

MOST_PEOPLE = 20_000


def own_places(field: forms.Field, facility_ids: Sequence[UUID]) -> None:
    """Offer the facilities where this account may write; the only one is chosen already."""
    assert isinstance(field, forms.ModelChoiceField)
    places = Facility.objects.filter(pk__in=facility_ids, is_active=True).order_by("position", "code")
    field.queryset = places
    if len(facility_ids) == 1:
        field.initial = facility_ids[0]


def published_titles() -> list[tuple[str, str]]:
    """Articles whose newest approved wording was published: address and title."""
    approved = Revision.objects.filter(state=Revision.State.APPROVED, publish_at__isnull=False, superseded_at=None)
    rows = approved.filter(article__withdrawn_at__isnull=True).order_by("article__topic__position", "title")
    return list(rows.values_list("article__slug", "title"))


class ActivityForm(forms.ModelForm):
    """An activity's facts. `facility_ids` is set by the page."""

    facility_ids: Sequence[UUID] = ()

    audience = forms.MultipleChoiceField(
        label=_("适合谁来"), choices=Audience.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    materials = forms.MultipleChoiceField(
        label=_("活动资料"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("从门户已发布的文章里选，会列在活动页面上。按住 Ctrl 可以选多篇。"),
    )

    class Meta:
        model = Activity
        fields = [
            "facility",
            "kind",
            "title",
            "description",
            "place",
            "starts_at",
            "ends_at",
            "speaker",
            "topic",
            "audience",
            "capacity",
            "signup_opens_at",
            "signup_closes_at",
            "materials",
        ]
        help_texts = {
            "title": _("居民一看就懂，例如“高血压怎么吃”。"),
            "description": _("讲什么、要带什么、怎么走，用平常的话写。"),
            "capacity": _("不填表示不限人数。"),
            "signup_opens_at": _("不用报名的活动，两个报名时间都不填。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "facility" in self.fields:
            own_places(self.fields["facility"], self.facility_ids)
        if "materials" in self.fields:
            cast(forms.MultipleChoiceField, self.fields["materials"]).choices = published_titles()

    def clean_capacity(self) -> int | None:
        capacity: int | None = self.cleaned_data["capacity"]
        if capacity is not None and capacity < self.instance.taken:
            raise ValidationError(_("已经有 %(taken)d 人报名，名额不能比这少。"), params={"taken": self.instance.taken})
        return capacity


class ArticleChoice(forms.ModelChoiceField):
    """An article by its title."""

    titles: dict[str, str] = {}

    def label_from_instance(self, obj: Article) -> str:
        return self.titles.get(obj.slug, obj.slug)


class DutyEntryForm(forms.ModelForm):
    """One entry. `facility_ids` and `today` are set by the page."""

    facility_ids: Sequence[UUID] = ()
    today: date

    article = ArticleChoice(
        label=_("门户里的文章"),
        queryset=Article.objects.none(),
        required=False,
        help_text=_("发的或放的是门户里的文章，就在这里选；不是就不选，在下面写名称。"),
    )

    class Meta:
        model = DutyEntry
        fields = ["facility", "form", "article", "title", "day", "copies", "place", "note"]
        help_texts = {
            "title": _("选了门户里的文章可以不写。名称相同的资料只算一种。"),
            "copies": _("印刷资料是份数，音像资料是播放次数，宣传栏是块数，个体化教育是人次。"),
            "place": _("宣传栏要写明是哪一块，例如“卫生院大门东侧”；同一块每次写得一样。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "facility" not in self.fields:
            return
        own_places(self.fields["facility"], self.facility_ids)
        chosen = self.fields["article"]
        assert isinstance(chosen, ArticleChoice)
        chosen.titles = dict(published_titles())
        chosen.queryset = Article.objects.filter(slug__in=chosen.titles).order_by("topic__position", "slug")
        self.fields["title"].required = False
        self.fields["day"].initial = self.today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise ValidationError(_("日期还没有到。做过以后再登记。"))
        return day

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        article, day = facts.get("article"), facts.get("day")
        if article and day and not _was_published(article, day):
            self.add_error("article", _("这篇文章到那一天还没有发布，不能算发过或放过。"))
        if not facts.get("title") and not article:
            self.add_error("title", _("请写内容名称，或者选一篇门户里的文章。"))
        if article and not facts.get("title"):
            facts["title"] = cast(ArticleChoice, self.fields["article"]).titles.get(article.slug, "")[:100]
        return facts


def _was_published(article: Article, day: date) -> bool:
    return article.revisions.filter(state=Revision.State.APPROVED, publish_at__date__lte=day).exists()


class CallOffForm(forms.Form):
    reason = forms.CharField(
        label=_("取消的原因"), max_length=200, help_text=_("报名的人会收到通知，在活动页面看到这个原因。")
    )


class HeldForm(forms.Form):
    walk_ins = forms.IntegerField(
        label=_("没有报名、也没有扫码的人数"),
        min_value=0,
        max_value=MOST_PEOPLE,
        help_text=_("签到和名单上打勾的人已经自动算进去，这里只填另外来的人。"),
    )
    note = forms.CharField(
        label=_("举办记录"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
