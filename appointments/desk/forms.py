"""What is typed at the desk. Forms understand; they never write."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.models import Channel, Point, Slot
from facilities.models import Department

CHANNELS = [(Channel.DESK.value, _("本人在窗口")), (Channel.PHONE.value, _("打电话来约"))]
NO_FILL = {"autocomplete": "off", "spellcheck": "false"}


class PlaceForm(forms.Form):
    """Which place for the person at the desk, and how they came."""

    slot = forms.ModelChoiceField(
        queryset=Slot.objects.none(),
        label=_("时间"),
        error_messages={"required": _("请选一个时间。"), "invalid_choice": _("这个时间已经过了，请另选一个。")},
    )
    channel = forms.ChoiceField(choices=CHANNELS, initial=Channel.DESK)
    form_key = forms.UUIDField()
    check_in = forms.BooleanField(required=False)

    def __init__(self, *args: Any, slots: QuerySet[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["slot"]).queryset = slots


class CancelForm(forms.Form):
    """Why the desk cancels; the person reads it."""

    note = forms.CharField(
        label=_("取消的原因"),
        help_text=_("本人看得到，例如：本人来电说不来了。不要写病情。"),
        max_length=200,
        min_length=2,
        widget=forms.TextInput(attrs=NO_FILL),
        error_messages={"required": _("请写取消的原因。"), "min_length": _("请写取消的原因。")},
    )


class BlockForm(forms.Form):
    """How many places of which time nobody may book for now."""

    slot = forms.ModelChoiceField(queryset=Slot.objects.none())
    count = forms.IntegerField(min_value=1, max_value=60)

    def __init__(self, *args: Any, slots: QuerySet[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["slot"]).queryset = slots


class PointForm(forms.Form):
    """A poster or a screen, and where it hangs."""

    kind = forms.ChoiceField(label=_("种类"), choices=Point.Kind.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("放在哪里"),
        help_text=_("例如：一楼大厅、二楼内科候诊区。"),
        max_length=60,
        widget=forms.TextInput(attrs=NO_FILL),
        error_messages={"required": _("请写放在哪里。")},
    )
    department = forms.ModelChoiceField(
        label=_("哪个科室"), queryset=Department.objects.none(), required=False, empty_label=_("所有科室")
    )

    def __init__(self, *args: Any, departments: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["department"]).queryset = departments


class RoomForm(forms.Form):
    """Which room a screen stands in."""

    room = forms.CharField(
        label=_("诊室"),
        help_text=_("大屏上显示“请到……”，例如：3诊室。"),
        max_length=20,
        widget=forms.TextInput(attrs={**NO_FILL, "autofocus": True}),
        error_messages={"required": _("请写是哪个诊室。")},
    )
