"""Whether a feed can be reached as it is set up, asked by the code that will fetch, and said in plain words."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone

from foundation.dated import register, setting
from records.exchange.connectors.fhir import FhirConnector
from records.exchange.folders.places import OWN, opened, setting_of
from records.exchange.http import Asker
from records.exchange.limits import Limits
from records.exchange.mapping import ASKED, OPTIONAL
from records.exchange.models import PushKey, Source, StoredFile
from records.exchange.onboarding.trials import Found
from records.exchange.pacs.asking import CURSOR, DICOM_JSON, check
from records.exchange.problems import PullFailed
from records.exchange.sqlviews import plan
from records.exchange.sqlviews.fetching import found_columns
from records.exchange.sqlviews.sessions import Session

SECONDS = register("exchange.trial_answer_seconds", 20, "测试连接和试运行时，等待机构一次应答的最长秒数")
WEEK = timedelta(days=7)
Kind = Source.Kind
CLEAR = "注意：地址是 http://，凭证和结果在网络上没有加密，只能用在专线或前置机内网。"


def limits_of(now: datetime) -> Limits:
    """Limits for somebody who waits at a page."""
    usual = Limits.at(now)
    return replace(usual, answer_seconds=min(usual.answer_seconds, setting(SECONDS, now)))


def test(source: Source, now: datetime) -> Found:
    """Try the connection of a source; raises PullFailed in plain words."""
    return TESTS[Kind(source.kind)](source, now)


def _fhir(source: Source, now: datetime) -> Found:
    limits = limits_of(now)
    with Asker(source, limits) as asker:
        connector = FhirConnector(source.address, asker, limits)
        can = connector.capability()
        for kind in can.asked[:2]:  # what the interface says of itself is often open to everybody, what it holds is not
            connector.newest(kind, 1)
    if "Patient" not in can.asked:
        raise PullFailed("机构接口没有 Patient（患者），门户不能知道结果是谁的。请机构开放 Patient。")
    version = can.version or "没有写明版本，按 R4"
    missing = [kind for kind in ASKED if kind not in OPTIONAL and kind not in can.asked]
    lacks = f"没有提供：{'、'.join(missing)}。" if missing else ""
    facts = {"version": can.version, "kinds": can.asked}
    return Found(True, f"连接成功，FHIR {version}，有 {len(can.asked)} 类数据可取。{lacks}{_clear(source)}", facts)


def _dicomweb(source: Source, now: datetime) -> Found:
    today = timezone.localdate(now)
    asked = {CURSOR: f"{today - WEEK:%Y%m%d}-{today:%Y%m%d}", "limit": "1"}
    with Asker(source, limits_of(now)) as asker:
        answer = asker.get(f"{source.address.rstrip('/')}/studies?{urlencode(asked)}", accept=DICOM_JSON)
    if answer.status == 204 or (answer.status == 200 and answer.body.strip() == b"[]"):
        return Found(True, f"连接成功，但最近 7 天没有检查。{_clear(source)}")
    check(answer)
    if not answer.body.lstrip().startswith(b"["):
        raise PullFailed("对方返回的不是 DICOM JSON 列表。请核对地址是否为 QIDO-RS 的根地址（常以 /dicom-web 结尾）。")
    return Found(True, f"连接成功，能查到检查列表。{_clear(source)}")


def _sql_view(source: Source, now: datetime) -> Found:
    limits = limits_of(now)
    view = plan.view_of(source.options, limits.page_size)
    target = plan.target_of(source)
    with Session(target, limits) as session:
        columns = found_columns(session, view)
    sealed = "" if target.tls != "off" else "注意：连接没有加密（tls 为 off），只能用在受保护的专线。"
    return Found(
        True, f"连接成功，视图里有全部 {len(columns.names)} 个要用的列。{sealed}", {"columns": len(columns.names)}
    )


def _push(source: Source, now: datetime) -> Found:
    if not PushKey.objects.filter(source=source, revoked_at=None).exists():
        raise PullFailed("还没有发放推送凭证，机构推送不了。请在数据来源列表里发放，当面交给机构的工程师。")
    return _arrived(source, "机构向门户的 /exchange/fhir/ 推送第一个 Bundle（写法见机构文档）")


def _hl7v2(source: Source, now: datetime) -> Found:
    if source.options.get("folder"):
        return _folder(source, now)
    if not source.allowed_hosts:
        raise PullFailed("没有填写发送方的网络地址，谁也不能发送。请在“允许访问的主机”里填写机构前置机的地址。")
    named = [("MSH-3", "application"), ("MSH-4", "facility"), ("端口", "port")]
    said = "、".join(f"{label} 为 {source.options[key]}" for label, key in named if source.options.get(key))
    hosts = "、".join(source.allowed_hosts)
    return _arrived(source, f"从 {hosts} 发来的第一条 HL7 消息{f'（{said}）' if said else ''}；门户的接收进程须已启动")


def _folder(source: Source, now: datetime) -> Found:
    if not source.options.get("folder"):
        if source.kind == Kind.FILE:
            return _arrived(source, "用命令 import_fhir 导入的第一个文件，或在设置里填写投递文件夹")
        raise PullFailed("还没有填写投递文件夹。请在“格式设置”里填写。")
    wanted = setting_of(source.options)
    with opened(settings.DROP_FOLDER, wanted.steps) as place:
        try:
            waiting = len([name for name in os.listdir(place) if name not in OWN and not name.startswith((".", "~"))])
        except OSError:
            raise PullFailed("投递文件夹打得开，但不能列出里面的文件。请检查权限。") from None
        writable = os.access(f"/proc/self/fd/{place}", os.W_OK)
    note = "" if writable else "文件夹是只读的：取过的文件留在原处，请机构定期清理。"
    ready = f"投递文件夹打得开，里面有 {waiting} 个文件。{note}"
    found = _arrived(source, "机构往文件夹里放入第一个文件")
    return Found(found.passed, ready + found.sentence, {**found.facts, "waiting": waiting})


def _arrived(source: Source, awaited: str) -> Found:
    """Whether anything has come from a feed that sends by itself, and what is awaited where not."""
    last = StoredFile.objects.filter(source=source).order_by("-received_at").first()
    if last is not None:
        moment = f"{timezone.localtime(last.received_at):%Y-%m-%d %H:%M}"
        return Found(True, f"已经收到内容，最近一次在 {moment}。", {"arrived": True})
    paused = "现在是“暂停”，发来的会被拒绝，请先点“开始联调”。" if source.state == Source.State.PAUSED else ""
    return Found(False, f"还没有收到任何内容。门户在等：{awaited}。{paused}", {"arrived": False})


def _clear(source: Source) -> str:
    return CLEAR if urlsplit(source.address).scheme == "http" else ""


TESTS: dict[Kind, Callable[[Source, datetime], Found]] = {
    Kind.FHIR_R4: _fhir,
    Kind.DICOMWEB: _dicomweb,
    Kind.SQL_VIEW: _sql_view,
    Kind.FHIR_PUSH: _push,
    Kind.HL7V2: _hl7v2,
    Kind.TABLE: _folder,
    Kind.CDA: _folder,
    Kind.FILE: _folder,
}
