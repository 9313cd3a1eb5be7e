"""The boxes of 怎样通知我."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.choosing import Choices
from residents.message_texts import CHOSEN
from residents.models import Channel, Delivery

KINDS = {
    Delivery.Template.BOOKED.value: _("预约成功"),
    Delivery.Template.BOOKING_CANCELLED.value: _("预约被取消"),
    Delivery.Template.REPORT_READY.value: _("检查检验报告出来了"),
    Delivery.Template.CASE_ANSWERED.value: _("您提出的问题有了答复"),
    Delivery.Template.ACTIVITY_TOMORROW.value: _("您报名的活动明天举行"),
    Delivery.Template.ACTIVITY_CHANGED.value: _("您报名的活动改了时间或地点"),
    Delivery.Template.ACTIVITY_CANCELLED.value: _("您报名的活动取消了"),
    Delivery.Template.FEEDBACK_ANSWERED.value: _("编辑答复了您对一篇文章的反馈"),
    Delivery.Template.DISPUTE_ANSWERED.value: _("您提出的档案异议有了答复"),
    Delivery.Template.RESULT_UNREAD.value: _("报告好几天没有看"),
    Delivery.Template.RECORD_READY.value: _("您要的档案已经做好"),
    Delivery.Template.SERVICE_ASKED.value: _("请您核实一次服务是否属实"),
    Delivery.Template.PLACE_OFFERED.value: _("排队等的号有了，为您留着"),
    Delivery.Template.PLACE_BACK.value: _("排队等号的科室有号了，先约先得"),
    Delivery.Template.DRAW_LOST.value: _("您登记的抽签没有抽中"),
    Delivery.Template.VISIT_REMINDER.value: _("就诊前提醒（不影响取消和停诊通知）"),
    Delivery.Template.FAMILY_NOTICE.value: _("您代办的家人有新消息"),
}


class MessageChoicesForm(forms.Form):
    """For each kind of message the channels it is sent by; no box ticked means the inbox alone."""

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Channel.choices)
        for kind in CHOSEN:
            self.fields[kind] = forms.MultipleChoiceField(
                label=KINDS[kind],
                choices=[(channel, labels[channel]) for channel in choices.channels],
                initial=sorted(choices.wanted[kind]),
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
