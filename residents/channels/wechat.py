"""The county's WeChat official account: a subscription or template message to whoever bound it.

What arrives says that there is something new and leads to the inbox, never what it is. Which template stands for which
kind of message is a dated setting, because WeChat approves templates for each account.
"""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils import timezone, translation

from foundation import clock
from foundation.dated import register, setting
from foundation.environment import env
from residents.channels.http import SECONDS, post
from residents.channels.wechat_token import Token
from residents.messages_port import CannotSend, Handed
from residents.models import Delivery, Notice

TEMPLATES = register(
    "messages.wechat_templates",
    {},
    '微信模板，写成 {"booked": {"id": "模板编号", "way": "subscribe 或 template", "words": "thing1", "time": "time2"}}',
)
WAYS = {"subscribe": "/cgi-bin/message/subscribe/bizsend", "template": "/cgi-bin/message/template/send"}
# 40001 and 40014: not the newest token, 42001: expired.
TOKEN_IS_OLD = frozenset({40001, 40014, 42001})
# Error -> what it means, and whether no further try helps.
WORDS: dict[int, tuple[str, bool]] = {
    -1: ("微信系统繁忙，稍后自动重试。", False),
    40003: ("微信不认识这个接收人，可能已取消绑定。", True),
    40037: ("微信模板编号不对，请在“参数设置”中核对。", False),
    43004: ("接收人没有关注公众号。", True),
    43101: ("接收人没有订阅这种微信提醒。", True),
    43108: ("接收人拒收微信模板消息。", True),
    45009: ("今天的微信接口调用次数已达上限，稍后自动重试。", False),
    47003: ("微信模板的字段与报备的不一致，请在“参数设置”中核对。", False),
    48001: ("公众号没有这种消息的权限，请到公众平台开通。", False),
    61004: ("服务器的地址不在公众号的IP白名单里，请到公众平台添加。", False),
}


class Wechat:
    """Messages of the official account; needs WECHAT_APP_ID and WECHAT_APP_SECRET."""

    available = True

    def __init__(self) -> None:
        if not settings.WECHAT_APP_ID:
            raise ImproperlyConfigured("启用微信提醒需要设置环境变量 WECHAT_APP_ID 和 WECHAT_APP_SECRET。")
        self.address = env("WECHAT_ADDRESS", "https://api.weixin.qq.com")
        self.seconds = SECONDS
        self.token = Token(self.address, settings.WECHAT_APP_ID, settings.WECHAT_APP_SECRET)

    def send(self, *, openid: str, template: str, key: str) -> Handed:
        """Hand one message over; a token that has grown old meanwhile is changed once."""
        path, message = _message(openid, template, key, clock.now())
        token = self.token.now()
        answer = self._ask(path, token, message)
        if answer.get("errcode") in TOKEN_IS_OLD:
            answer = self._ask(path, self.token.instead_of(token), message)
        if code := answer.get("errcode"):
            raise problem_of(code)
        return Handed(str(answer.get("msgid", ""))[:100])

    def _ask(self, path: str, token: str, message: dict[str, Any]) -> dict[str, Any]:
        address = f"{self.address}{path}?access_token={token}"
        body = json.dumps(message, ensure_ascii=False).encode()
        answer: dict[str, Any] = post(
            "微信", address, body=body, headers={"Content-Type": "application/json"}, seconds=self.seconds
        )
        return answer


def problem_of(code: object) -> CannotSend:
    """An `errcode` of WeChat as a problem in plain Chinese; one that is not known is named and tried again."""
    reason, final = WORDS.get(code if isinstance(code, int) else 0, ("", False))
    return CannotSend(reason or f"微信没有接受这条消息（{str(code)[:20]}），稍后自动重试。", final=final)


def _message(openid: str, template: str, key: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Where to post it, and what; raises CannotSend where the county has not set the template up."""
    chosen = setting(TEMPLATES, now).get(template)
    if not isinstance(chosen, dict) or not chosen.get("id") or chosen.get("way", "subscribe") not in WAYS:
        raise CannotSend(f"微信模板 {template} 还没有填写，请在“参数设置”中填写。", final=True)
    way = chosen.get("way", "subscribe")
    message = {"touser": openid, "template_id": chosen["id"], "data": _data(chosen, template, now)}
    inbox = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('residents:notices')}"
    message |= {"page": inbox} if way == "subscribe" else {"url": inbox, "client_msg_id": key[:32]}
    return WAYS[way], message


def _data(chosen: dict[str, Any], template: str, now: datetime) -> dict[str, dict[str, str]]:
    data = {str(chosen.get("words", "thing1")): {"value": words_of(template)}}
    if chosen.get("time"):
        data[str(chosen["time"])] = {"value": f"{timezone.localtime(now):%Y-%m-%d %H:%M}"}
    return data


def words_of(template: str) -> str:
    """The few words of a kind of message; WeChat's fields of the type "thing" hold 20 characters."""
    labels = dict(Notice.Kind.choices) | {Delivery.Template.FAMILY_NOTICE.value: "您代办的家人有一条新消息"}
    with translation.override("zh-hans"):
        return str(labels[template])
