"""What is typed at the editors' desk: remarks, a check, a reason to withdraw, a file to bring in, who judges what."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from health_education.models import Article, ReviewerSpeciality, Speciality


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=_("留言"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("作者、编辑和审核人都能看到；居民看不到。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "remark_%s")
        super().__init__(*args, **kwargs)


class CheckForm(RemarkForm):
    """The editorial check of a wording."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "check_%s")
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("初审意见")
        self.fields["text"].help_text = _("退回时必须写明需要修改的地方；通过时可以不写。")


class ReplacementField(forms.ModelChoiceField):
    """Articles by their newest title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.newest_title or obj.slug}（{obj.slug}）"


class WithdrawForm(forms.Form):
    because = forms.CharField(
        label=_("下线原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("居民打开旧链接时会看到，如：指南已更新。"),
    )
    replaced_by = ReplacementField(
        label=_("由哪篇文章代替"),
        queryset=Article.objects.none(),
        required=False,
        empty_label=_("没有代替的文章"),
        help_text=_("居民打开旧链接时，会看到它的链接。"),
    )

    def __init__(self, *args: Any, article: Article, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Article.objects.filter(withdrawn_at__isnull=True).exclude(pk=article.pk)
        field = self.fields["replaced_by"]
        assert isinstance(field, ReplacementField)
        field.queryset = others.by_title()


class ArchiveForm(forms.Form):
    file = forms.FileField(label=_("ZIP 文件"), widget=forms.ClearableFileInput(attrs={"accept": ".zip"}))


class SpecialityForm(forms.ModelForm):
    """A speciality for a reviewer, named by the username: accounts lie behind the sign-in connection, never listed."""

    by: ClassVar[UUID | None] = None  # who fills the form in; set by the page
    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        help_text=_("审核人登录工作台用的用户名；先要有“医学审核”角色。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    speciality = forms.ChoiceField(
        label=_("审核专业"),
        choices=[one for one in Speciality.choices if one[0] != Speciality.GENERAL],
        help_text=_("全科的文章每位审核人都能审，不用登记。"),
    )

    class Meta:
        model = ReviewerSpeciality
        fields = ["speciality"]

    def clean_username(self) -> str:
        """The username of an active staff account other than one's own."""
        username = str(self.cleaned_data["username"]).strip().lower()
        account = get_user_model().objects.filter(username=username, is_staff=True, is_active=True).first()
        if account is None:
            raise ValidationError(_("没有这个工作人员账号，请核对用户名。"), code="unknown")
        if account.pk == self.by:
            raise ValidationError(_("不能给自己登记审核专业，请另一位管理员办理。"), code="own")
        self.instance.account_id, self.instance.account_name = account.pk, account.name
        return username

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        held = ReviewerSpeciality.objects.filter(
            account_id=self.instance.account_id, speciality=cleaned.get("speciality"), ended_at__isnull=True
        )
        if held.exists():
            raise ValidationError(_("这位审核人已登记了这个专业。"), code="held")
        return cleaned
