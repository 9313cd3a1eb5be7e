"""What the staff's lists of this room have in common: which rows they show, and which days."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.querysets import facilities_reached
from facilities.roles import Role
from foundation import clock

OPENERS = (Role.RECEPTION, Role.MANAGER)
RULERS = (Role.ADMINISTRATOR, Role.MANAGER)


class DayFilter(admin.SimpleListFilter):
    """Which days; today unless asked otherwise."""

    title = _("日期")
    parameter_name = "day"
    default = "today"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("today", _("今天")),
            ("tomorrow", _("明天")),
            ("week", _("今天起7天")),
            ("ahead", _("今天以后全部")),
            ("past", _("以前30天")),
        ]

    def value(self) -> str:
        return super().value() or self.default

    def choices(self, changelist: Any) -> Any:
        """Without Django's "all": a list of every booking ever made serves nobody."""
        for key, title in self.lookup_choices:
            yield {
                "selected": self.value() == str(key),
                "query_string": changelist.get_query_string({self.parameter_name: key}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate(clock.now())
        first, last = {
            "tomorrow": (today + timedelta(days=1), today + timedelta(days=1)),
            "week": (today, today + timedelta(days=6)),
            "ahead": (today, None),
            "past": (today - timedelta(days=30), today - timedelta(days=1)),
        }.get(self.value(), (today, today))
        chosen = queryset.filter(date__gte=first)
        return chosen.filter(date__lte=last) if last else chosen


class AheadFilter(DayFilter):
    """The same, showing all that is ahead unless asked otherwise."""

    default = "ahead"


class OwnFacilities(admin.ModelAdmin):
    """Lists the facilities where the signed-in person holds one of `readers`, offers those of `writers`."""

    readers: Sequence[Role] = ()
    writers: Sequence[Role] = ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form class of this request, knowing today and the facilities."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.today = timezone.localdate(clock.now())
        form.facility_ids = facilities_reached(*self.writers)
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(facility__in=facilities_reached(*self.readers))
