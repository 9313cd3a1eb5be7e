"""Tencent SMS and calls, against a server on a real socket that checks the signature as Tencent does."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.dated import REGISTRY, Registered
from residents.channels.tencent import TEMPLATES, Sms, Voice, authorization
from residents.messages_port import CannotSend, Handed
from tests.residents.fake_provider import Answer, Asked, Provider, provider, says

SECRET = "the-secret-of-this-test"
PHONE = "19900000001"
OK = says({"Response": {"SendStatusSet": [{"SerialNo": "2019:1", "Fee": 1, "Code": "Ok"}], "RequestId": "r"}})
Connect = Callable[..., Provider]


def signed_right(asked: Asked) -> bool:
    """What Tencent does with a call: work the signature out again from what came over the wire."""
    found = re.fullmatch(
        r"TC3-HMAC-SHA256 Credential=(\S+?)/(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})",
        asked.headers["authorization"],
    )
    assert found
    _name, scope, names, signature = found.groups()
    day = datetime.fromtimestamp(int(asked.headers["x-tc-timestamp"]), UTC).strftime("%Y-%m-%d")
    lines = "".join(
        f"{name}:{asked.headers[name].lower() if name == 'x-tc-action' else asked.headers[name]}\n"
        for name in names.split(";")
    )
    request = "\n".join(["POST", asked.path, "", lines, names, hashlib.sha256(asked.body).hexdigest()])
    words = "\n".join(
        [
            "TC3-HMAC-SHA256",
            asked.headers["x-tc-timestamp"],
            scope,
            hashlib.sha256(request.encode()).hexdigest(),
        ]
    )
    key = hmac.new(f"TC3{SECRET}".encode(), day.encode(), hashlib.sha256).digest()
    for part in scope.split("/")[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return scope.startswith(day) and hmac.new(key, words.encode(), hashlib.sha256).hexdigest() == signature


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Connect]:
    """Start a provider with these answers and point the adapters at it."""
    monkeypatch.setitem(REGISTRY, TEMPLATES, Registered(TEMPLATES, {"booked": "42", "sign_in_code": "41"}, ""))
    with ExitStack() as stack:

        def start(*answers: Answer, drips: bool = False) -> Provider:
            told = stack.enter_context(provider(*answers, drips=drips))
            for name, value in {
                "TENCENT_SMS_ADDRESS": told.address,
                "TENCENT_VOICE_ADDRESS": told.address,
                "TENCENT_SECRET_ID": "AKIDtest",
                "TENCENT_SECRET_KEY": SECRET,
                "TENCENT_SMS_APP": "1400000000",
                "TENCENT_SMS_SIGNATURE": "清河口县卫生健康",
                "TENCENT_VOICE_APP": "1400000001",
            }.items():
                monkeypatch.setenv(name, value)
            return told

        yield start


def send(template: str = "booked", **parameters: str) -> Handed:
    return Sms().send(phone=PHONE, template=template, parameters=parameters, key="one")


def problem() -> CannotSend:
    with pytest.raises(CannotSend) as caught:
        send()
    return caught.value


def error(code: str) -> Answer:
    return says({"Response": {"Error": {"Code": code, "Message": "in English"}, "RequestId": "r"}})


def refused(code: str) -> Answer:
    return says({"Response": {"SendStatusSet": [{"SerialNo": "", "Fee": 0, "Code": code}], "RequestId": "r"}})


def test_the_signature_is_the_one_tencent_publishes() -> None:
    asterisks = "*" * 32
    header = authorization(
        f"AKID{asterisks}",
        asterisks,
        service="cvm",
        host="cvm.tencentcloudapi.com",
        action="DescribeInstances",
        body=rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
        stamp="1551113065",
    )
    assert header.endswith("Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f")


def test_a_message_arrives_signed_with_its_template_and_blanks(connect: Connect) -> None:
    told = connect(OK)
    assert send("sign_in_code", code="123456") == Handed("2019:1", 1)
    asked = told.asked[0]
    assert signed_right(asked) and asked.headers["x-tc-action"] == "SendSms"
    assert asked.facts() == {
        "PhoneNumberSet": ["+8619900000001"],
        "SmsSdkAppId": "1400000000",
        "SignName": "清河口县卫生健康",
        "TemplateId": "41",
        "TemplateParamSet": ["123456"],
        "SessionContext": "one",
    }


def test_the_check_of_the_signature_notices_another_body(connect: Connect) -> None:
    told = connect(OK)
    send()
    assert not signed_right(replace(told.asked[0], body=told.asked[0].body + b" "))


def test_a_message_that_counts_as_two_says_so(connect: Connect) -> None:
    connect(says({"Response": {"SendStatusSet": [{"SerialNo": "2019:2", "Fee": 2, "Code": "Ok"}]}}))
    assert send().parts == 2


def test_a_code_is_spoken(connect: Connect) -> None:
    told = connect(says({"Response": {"SendStatus": {"CallId": "call-1", "SessionContext": "one"}}}))
    assert Voice().call(phone=PHONE, code="123456", key="one").provider_id == "call-1"
    asked = told.asked[0]
    assert signed_right(asked) and asked.headers["x-tc-action"] == "SendCodeVoice"
    assert (asked.facts()["CodeMessage"], asked.facts()["CalledNumber"]) == ("123456", "+8619900000001")


def test_what_arrived_is_told_by_serial_number(connect: Connect) -> None:
    connect(
        says(
            {
                "Response": {
                    "PullSmsSendStatusSet": [
                        {"SerialNo": "1", "ReportStatus": "SUCCESS", "UserReceiveTime": 1620734188},
                        {"SerialNo": "2", "ReportStatus": "FAIL", "Description": "MK:0001"},
                    ]
                }
            }
        )
    )
    arrived, lost = Sms().reports()
    assert (arrived.provider_id, arrived.delivered, arrived.at) == ("1", True, datetime.fromtimestamp(1620734188, UTC))
    assert (lost.provider_id, lost.delivered, lost.reason) == ("2", False, "运营商说没有送达（MK:0001）。")


def test_what_people_answered_is_asked_for_and_has_one_number_however_often_it_is_told(connect: Connect) -> None:
    told = {"PhoneNumber": f"+86{PHONE}", "ReplyContent": "2", "ReplyTime": 1620734188, "ExtendCode": "0"}
    page = says({"Response": {"PullSmsReplyStatusSet": [told, told | {"ReplyTime": 1620734189}]}})
    connect(page, page)
    first, second = Sms().replies(), Sms().replies()
    assert [(one.phone, one.text) for one in first] == [(f"+86{PHONE}", "2")] * 2
    assert [one.provider_id for one in first] == [one.provider_id for one in second]
    assert len({one.provider_id for one in first}) == 2


@pytest.mark.parametrize(
    ("answer", "words", "final"),
    [
        (error("AuthFailure.SignatureFailure"), "TENCENT_SECRET_KEY", False),
        (error("RequestLimitExceeded"), "请求太快", False),
        (error("RequestLimitExceeded.UinLimitExceeded"), "请求太快", False),
        (error("SomethingNew.FromTencent"), "SomethingNew.FromTencent", False),
        (refused("LimitExceeded.PhoneNumberDailyLimit"), "已达腾讯云的上限", True),
        (refused("FailedOperation.PhoneNumberInBlacklist"), "退订", True),
        (refused("FailedOperation.InsufficientBalanceInSmsPackage"), "余量不足", False),
    ],
)
def test_a_refusal_is_said_in_plain_chinese(answer: Answer, words: str, final: bool, connect: Connect) -> None:
    connect(answer)
    found = problem()
    assert words in str(found) and (found.final, found.unsure) == (final, False)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says({}, 502), "故障（502）"),
        (says(b"<html>", 200), "不是约定的格式"),
        (says({"Response": []}), "不是约定的格式"),
        (says({"Response": {"SendStatusSet": []}}), "不是约定的格式"),
        (says(b" " * (1024 * 1024 + 1)), "中途断开"),
    ],
)
def test_an_answer_that_says_nothing_leaves_it_unsure(answer: Answer, words: str, connect: Connect) -> None:
    connect(answer)
    found = problem()
    assert words in str(found) and (found.final, found.unsure) == (False, True)


def test_a_server_that_drips_is_left_at_the_deadline(connect: Connect) -> None:
    connect(OK, drips=True)
    adapter = Sms()
    adapter.caller = replace(adapter.caller, seconds=0.6)
    start = time.monotonic()
    with pytest.raises(CannotSend, match="没有答完") as caught:
        adapter.send(phone=PHONE, template="booked", parameters={}, key="one")
    assert caught.value.unsure and time.monotonic() - start < 3


def test_a_server_that_is_not_there_costs_nothing(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(OK)
    monkeypatch.setenv("TENCENT_SMS_ADDRESS", "http://127.0.0.1:1")
    found = problem()
    assert "连接不上" in str(found) and not found.unsure


def test_a_template_without_a_number_is_asked_for_by_name(connect: Connect) -> None:
    connect(OK)
    with pytest.raises(CannotSend, match="report_ready 还没有填写编号") as caught:
        send("report_ready")
    assert caught.value.final


def test_no_problem_names_the_phone_or_the_secret(connect: Connect) -> None:
    connect(error("InvalidParameterValue.IncorrectPhoneNumber"))
    adapter = Sms()
    assert PHONE not in str(problem()) and SECRET not in repr(adapter.caller)


@pytest.mark.parametrize("missing", ["TENCENT_SECRET_ID", "TENCENT_SECRET_KEY", "TENCENT_SMS_APP"])
def test_a_missing_variable_stops_the_start(missing: str, connect: Connect, monkeypatch: Any) -> None:
    connect(OK)
    monkeypatch.delenv(missing)
    with pytest.raises(ImproperlyConfigured, match=missing):
        Sms()
