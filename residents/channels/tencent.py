"""Tencent Cloud: SMS (product sms) and spoken codes (product vms), by small clients of our own.

The signature is TC3-HMAC-SHA256; the texts, their signature and their template numbers are approved for each county
and configured, never written here.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from foundation import clock
from foundation.crypto import digest
from foundation.dated import register, setting
from foundation.environment import env
from residents.channels.http import SECONDS, post
from residents.channels.tencent_errors import problem_of
from residents.messages_port import CannotSend, Handed, Reply, Report

TEMPLATES = register(
    "messages.tencent_templates", {}, '腾讯云短信模板编号，写成 {"sign_in_code": "1234567", "booked": "1234568"}'
)
JSON = "application/json; charset=utf-8"
SMS_VERSION, VOICE_VERSION = "2021-01-11", "2020-09-02"
MOST_REPORTS = 100


@dataclass(frozen=True)
class Caller:
    """Signs and sends the calls of one product. `now` is asked for the time of each call."""

    service: str
    version: str
    address: str
    secret_id: str
    secret_key: str = field(repr=False)
    region: str = "ap-guangzhou"
    seconds: float = SECONDS

    def call(self, action: str, payload: Mapping[str, object]) -> dict[str, Any]:
        """The `Response` of one action; raises CannotSend."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = self.headers(action, body, clock.now())
        found = post("腾讯云", self.address, body=body, headers=headers, seconds=self.seconds)
        answer = found.get("Response")
        if not isinstance(answer, dict):
            raise CannotSend("腾讯云的应答不是约定的格式，稍后自动重试。", unsure=True)
        if isinstance(error := answer.get("Error"), dict):
            raise problem_of(str(error.get("Code", "")))
        return answer

    def headers(self, action: str, body: bytes, now: datetime) -> dict[str, str]:
        """What a call carries; the signature covers type, host, action and body."""
        host = urlsplit(self.address).netloc
        stamp = str(int(now.timestamp()))
        return {
            "Content-Type": JSON,
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Version": self.version,
            "X-TC-Region": self.region,
            "X-TC-Timestamp": stamp,
            "Authorization": authorization(
                self.secret_id, self.secret_key, service=self.service, host=host, action=action, body=body, stamp=stamp
            ),
        }


def authorization(
    secret_id: str, secret_key: str, *, service: str, host: str, action: str, body: bytes, stamp: str
) -> str:
    """The Authorization header of TC3-HMAC-SHA256 (Tencent Cloud, "signature v3"), POST to the root of a host."""
    signed = "content-type;host;x-tc-action"
    named = f"content-type:{JSON}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    request = f"POST\n/\n\n{named}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}/{service}/tc3_request"
    words = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, words.encode(), "sha256").hex()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


class Sms:
    """SMS by Tencent Cloud. Without its variables the portal does not start."""

    available = True

    def __init__(self) -> None:
        self.caller = Caller(
            "sms",
            SMS_VERSION,
            env("TENCENT_SMS_ADDRESS", "https://sms.tencentcloudapi.com"),
            env("TENCENT_SECRET_ID"),
            env("TENCENT_SECRET_KEY"),
        )
        self.app = env("TENCENT_SMS_APP")
        self.signature = env("TENCENT_SMS_SIGNATURE")

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> Handed:
        """Hand one message over; Tencent gives it a serial number by which its arrival is reported."""
        answer = self.caller.call(
            "SendSms",
            {
                "PhoneNumberSet": [f"+86{phone}"],
                "SmsSdkAppId": self.app,
                "SignName": self.signature,
                "TemplateId": _template_id(template),
                "TemplateParamSet": list(parameters.values()),
                "SessionContext": key,
            },
        )
        status = _only(answer.get("SendStatusSet"))
        if status.get("Code") != "Ok":
            raise problem_of(str(status.get("Code", "")))
        return Handed(str(status.get("SerialNo", ""))[:100], max(int(status.get("Fee") or 1), 1))

    def reports(self) -> Sequence[Report]:
        """The next hundred messages whose fate is known; each is told once."""
        answer = self.caller.call("PullSmsSendStatus", {"SmsSdkAppId": self.app, "Limit": MOST_REPORTS})
        return [_report(item) for item in answer.get("PullSmsSendStatusSet") or [] if isinstance(item, dict)]

    def replies(self) -> Sequence[Reply]:
        """The next hundred answers; each told once. Tencent gives them no number, so one is made of what they are."""
        answer = self.caller.call("PullSmsReplyStatus", {"SmsSdkAppId": self.app, "Limit": MOST_REPORTS})
        return [_reply(item) for item in answer.get("PullSmsReplyStatusSet") or [] if isinstance(item, dict)]


class Voice:
    """Spoken codes by Tencent Cloud."""

    available = True

    def __init__(self) -> None:
        self.caller = Caller(
            "vms",
            VOICE_VERSION,
            env("TENCENT_VOICE_ADDRESS", "https://vms.tencentcloudapi.com"),
            env("TENCENT_SECRET_ID"),
            env("TENCENT_SECRET_KEY"),
        )
        self.app = env("TENCENT_VOICE_APP")

    def call(self, *, phone: str, code: str, key: str) -> Handed:
        """Ring the number; "您的验证码是" and the digits are said twice."""
        payload = {"CodeMessage": code, "CalledNumber": f"+86{phone}", "VoiceSdkAppid": self.app, "PlayTimes": 2}
        answer = self.caller.call("SendCodeVoice", {**payload, "SessionContext": key})
        status = answer.get("SendStatus")
        return Handed(str(status.get("CallId", ""))[:100] if isinstance(status, dict) else "")


def _template_id(template: str) -> str:
    number = setting(TEMPLATES, clock.now()).get(template)
    if not number:
        raise CannotSend(f"短信模板 {template} 还没有填写编号，请在“参数设置”中填写。", final=True)
    return str(number)


def _only(statuses: object) -> dict[str, Any]:
    if isinstance(statuses, list) and len(statuses) == 1 and isinstance(statuses[0], dict):
        return statuses[0]
    raise CannotSend("腾讯云的应答不是约定的格式，稍后自动重试。", unsure=True)


def _reply(item: dict[str, Any]) -> Reply:
    phone, text = str(item.get("PhoneNumber", "")), str(item.get("ReplyContent", ""))
    told = f"{phone}|{item.get('ReplyTime')}|{item.get('ExtendCode')}|{text}"
    return Reply(f"tencent:{digest(told).hex()}", phone, text)


def _report(item: dict[str, Any]) -> Report:
    arrived = item.get("ReportStatus") == "SUCCESS"
    seconds = item.get("UserReceiveTime")
    at = datetime.fromtimestamp(seconds, UTC) if arrived and isinstance(seconds, int) else None
    reason = "" if arrived else f"运营商说没有送达（{str(item.get('Description', ''))[:40]}）。"
    return Report(str(item.get("SerialNo", "")), arrived, at, reason)
