"""What is tapped on the pages of one trip."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments import planner
from appointments.forms import DAY
from appointments.models import Service, Slot
from appointments.planner import Trip
from appointments.refusals import TripOutOfOrder
from appointments.trips import LEAST, MOST, Step
from facilities.models import Department, Facility


class ServicesField(forms.ModelMultipleChoiceField):
    """Examinations, each with whether it needs an empty stomach."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}{_('（要空腹）')}" if obj.fasting else str(obj.name)


class TripForm(forms.Form):
    """Which examinations, with which department's doctor, on which day."""

    service = ServicesField(
        Service.objects.none(),
        label=_("要做哪些检查"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一项检查。"), "invalid_choice": _("有一项检查已经不能预约，请重新选。")},
    )
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("看哪个科的医生"),
        required=False,
        empty_label=_("不看医生，只做检查"),
        error_messages={"invalid_choice": _("这个科室已经不能预约，请重新选。")},
    )
    day = forms.DateField(
        label=_("哪一天"), required=False, widget=DAY, error_messages={"invalid": _("请这样写日期：2026-11-25。")}
    )

    def __init__(self, *args: Any, facility: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facility = facility
        cast(ServicesField, self.fields["service"]).queryset = planner.services(facility)
        cast(forms.ModelChoiceField, self.fields["department"]).queryset = planner.doctors(facility)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        services = list(data.get("service") or ())
        visits = len(services) + (data.get("department") is not None)
        if services and visits < LEAST:
            self.add_error("department", _("只有一项，不用安排：请再选一项检查，或者选一个科室看医生。"))
        if visits > MOST:
            self.add_error("service", _("一个上午最多安排6项，请少选一些。"))
        if len({service.department_id for service in services}) < len(services):
            self.add_error("service", _("同一个科室的检查一个上午只能约一项，请分开约。"))
        if self.errors:
            raise ValidationError(_("还有要改的地方，请看下面。"))
        return data

    def trip(self) -> Trip:
        """What is wanted."""
        said = self.cleaned_data
        return Trip(self.facility, said["department"], list(said["service"]), said["day"])


def steps_of(facility: Facility, texts: list[str]) -> list[Step]:
    """The visits that an address names, "slot" or "slot:service" each; raises `TripOutOfOrder` for what is none."""
    pairs = [_pair(text) for text in texts[: MOST + 1]]
    slots = Slot.objects.with_everything().filter(facility=facility).in_bulk([slot for slot, _service in pairs])
    services = planner.services(facility).in_bulk([service for _slot, service in pairs if service])
    if any(slot not in slots or (service and service not in services) for slot, service in pairs):
        raise TripOutOfOrder
    return [Step(slots[slot], services[service] if service else None) for slot, service in pairs]


def _pair(text: str) -> tuple[UUID, UUID | None]:
    slot, _colon, service = text.partition(":")
    try:
        return UUID(slot), UUID(service) if service else None
    except ValueError:
        raise TripOutOfOrder from None


def text_of(step: Step) -> str:
    """A visit as an address names it."""
    return f"{step.slot.pk}:{step.service.pk}" if step.service else str(step.slot.pk)
