"""The guide's desk: versions with their danger signs, complaints with their questions, the review by somebody else."""

from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.guide import actions
from appointments.guide.forms import EndingForm, ReviewForm, VersionForm
from appointments.models import BodyPart, GuideQuestion, GuideSign, GuideSymptom, GuideVersion
from facilities.permissions import live_roles
from facilities.roles import Role
from foundation import clock

ENDING = ["outcome", "departments", "level", "urgency", "advice", "position", "in_use"]


def holds(request: HttpRequest, *roles: Role) -> bool:
    """Whether whoever asks holds one of the roles."""
    key = request.user.pk
    return key is not None and bool(live_roles(key) & set(roles))


class WrittenInDrafts(admin.options.InlineModelAdmin):
    """Rows of a version: to write while it is a draft, then to read; never deleted, only taken out of use."""

    form = EndingForm
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_draft(obj)


def is_draft(one: GuideVersion | GuideSymptom | None) -> bool:
    """Whether a version, or a complaint's version, may still be written."""
    version = one.version if isinstance(one, GuideSymptom) else one
    return version is None or version.reviewed_at is None


class SignInline(WrittenInDrafts, admin.StackedInline):
    model = GuideSign
    fields = ["text", "outcome", "advice", "position", "in_use"]


class QuestionInline(WrittenInDrafts, admin.StackedInline):
    model = GuideQuestion
    fields = ["text", *ENDING]


class GuideVersionAdmin(admin.ModelAdmin):
    """Editors write a draft or copy a version; a reviewer who wrote nothing of it puts it in force."""

    form = VersionForm
    inlines = [SignInline]
    list_display = ["__str__", "state", "valid_from", "author_name", "reviewer_name", "note"]
    readonly_fields = ["state", "valid_from", "author_name", "reviewer_name", "reviewed_at"]
    actions = ["copy", "review", "withdraw"]
    show_full_result_count = False

    @admin.display(description=_("状态"))
    def state(self, version: GuideVersion) -> str:
        if version.withdrawn_at:
            return str(_("已停用"))
        if not version.reviewed_at:
            return str(_("草稿，还没有审核"))
        now = clock.now()
        if version.valid_from and version.valid_from > timezone.localdate(now):
            return str(_("已审核，还没到启用日期"))
        return str(_("正在使用") if GuideVersion.objects.in_force(now) == version else _("旧版"))

    def has_change_permission(self, request: HttpRequest, obj: GuideVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: GuideVersion | None = None) -> bool:
        return False

    def has_review_permission(self, request: HttpRequest) -> bool:
        return holds(request, Role.REVIEWER)

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return holds(request, Role.REVIEWER, Role.EDITOR)

    def save_model(self, request: HttpRequest, obj: GuideVersion, form: ModelForm, change: bool) -> None:
        if change:
            obj.save(update_fields=form.changed_data or ["note"])
            return
        obj.number, obj.changed_at = actions.next_number(), clock.now()
        obj.save()

    @admin.action(description=_("照这一版另写一版"), permissions=["add"])
    def copy(self, request: HttpRequest, queryset: QuerySet[GuideVersion]) -> None:
        version = self._one(request, queryset)
        if version is None:
            return
        draft = actions.copy(version=version, now=clock.now())
        self.log_addition(request, draft, [{"added": {}}])
        self.message_user(request, _("已照抄成%(draft)s，可以改了。") % {"draft": draft}, messages.SUCCESS)

    @admin.action(description=_("医学审核"), permissions=["review"])
    def review(self, request: HttpRequest, queryset: QuerySet[GuideVersion]) -> HttpResponse | None:
        """First all the rules to read, then the deed."""
        version = self._one(request, queryset)
        if version is None:
            return None
        if version.reviewed_at:
            self.message_user(request, _("这一版已经审核过了。"), messages.WARNING)
            return None
        now = clock.now()
        today = timezone.localdate(now)
        form = ReviewForm(
            request.POST if "confirmed" in request.POST else None,
            today=today,
            initial={
                "valid_from": today,
                "seen": version.changed_at.isoformat(),
            },
        )
        if not form.is_valid():
            context = {"form": form, "version": version, **rules_of(version)}
            return TemplateResponse(
                request, "appointments/guide/review.html", {**self.admin_site.each_context(request), **context}
            )
        self._review(request, version, form)
        return None

    def _review(self, request: HttpRequest, version: GuideVersion, form: ReviewForm) -> None:
        said = form.cleaned_data
        try:
            with transaction.atomic():
                actions.review(
                    version=version,
                    seen=said["seen"],
                    valid_from=said["valid_from"],
                    by=request.user,
                    now=clock.now(),
                )
        except IntegrityError:
            self.message_user(request, _("您写过这一版，不能自己审核。请另一位审核员来看。"), messages.ERROR)
        except actions.ChangedMeanwhile:
            self.message_user(request, _("您看的时候有人改过。请重新看一遍再审核。"), messages.ERROR)
        else:
            self.log_change(request, version, [{"changed": {"fields": ["reviewed_at"]}}])
            self.message_user(request, _("审核完成，到启用那天自动生效。"), messages.SUCCESS)

    @admin.action(description=_("立即停用（改用前一版）"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[GuideVersion]) -> None:
        version = self._one(request, queryset)
        if version is None:
            return
        if not actions.withdraw(version=version, now=clock.now()):
            self.message_user(request, _("这一版没有在用，不用停。"), messages.WARNING)
            return
        self.log_change(request, version, [{"changed": {"fields": ["withdrawn_at"]}}])
        self.message_user(request, _("已停用，前一版马上恢复使用；没有前一版时导诊页面只给电话。"), messages.SUCCESS)

    def _one(self, request: HttpRequest, queryset: QuerySet[GuideVersion]) -> GuideVersion | None:
        chosen = list(queryset[:2])
        if len(chosen) == 1:
            return chosen[0]
        self.message_user(request, _("请只选一版。"), messages.WARNING)
        return None


def rules_of(version: GuideVersion) -> dict[str, Any]:
    """All rules that would be in force, to be read from top to bottom."""
    order = BodyPart.values
    symptoms = sorted(version.symptoms.filter(in_use=True), key=lambda one: order.index(one.part))
    questions: dict[Any, list[GuideQuestion]] = {}
    for question in GuideQuestion.objects.filter(symptom__version=version, in_use=True):
        questions.setdefault(question.symptom_id, []).append(question)
    return {
        "signs": version.signs.filter(in_use=True),
        "symptoms": [(one, questions.get(one.pk, [])) for one in symptoms],
    }


class GuideSymptomAdmin(admin.ModelAdmin):
    """Complaints with their questions, version by version."""

    form = EndingForm
    fields = [
        "version",
        "part",
        "name",
        "other_words",
        ("for_adults", "for_children", "for_pregnant"),
        *ENDING,
    ]
    inlines = [QuestionInline]
    list_display = ["name", "part", "version", "outcome", "departments", "level", "urgency", "in_use"]
    list_select_related = ["version"]
    list_filter = ["version", "part", "for_adults", "for_children", "for_pregnant"]
    search_fields = ["name", "other_words"]
    ordering = ["-version__number", "part", "position"]
    show_full_result_count = False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, **{**kwargs, "queryset": GuideVersion.objects.filter(reviewed_at=None)}
        )

    def get_readonly_fields(self, request: HttpRequest, obj: GuideSymptom | None = None) -> list[str]:
        return ["version"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: GuideSymptom | None = None) -> bool:
        return super().has_change_permission(request, obj) and is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: GuideSymptom | None = None) -> bool:
        return False
