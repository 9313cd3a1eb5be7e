"""A feed of each kind, set up on the staff site without a shell: the fields, the checks, what is kept."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.exchange.models import Source
from records.exchange.source_forms import FORMS
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.test_desk import Enter
from tests.factories import NOON
from tests.people import People

COLUMNS = {"patient_number": "病历号", "report_number": "检验单号", "item_name": "项目", "result": "结果"}
MAPPING = json.dumps({"columns": COLUMNS})
VIEWER = {"template": "https://viewer.example/{study}", "secret": "FACILITY_TOKEN_VIEWER"}
COMMON = {"name": "县医院", "interval_minutes": "15", "address": "", "allowed_hosts": "", "credential": ""}
# Of each kind what an engineer fills in, and what is kept of its settings.
KINDS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "fhir_r4": ({"address": "https://10.1.2.3:8443/fhir", "allowed_hosts": "10.1.2.3:8443"}, {}),
    "fhir_push": ({}, {}),
    "hl7v2": (
        {"allowed_hosts": "10.1.2.3, 10.2.0.0/24", "option_application": "LIS", "option_port": "2575"},
        {"application": "LIS", "port": 2575},
    ),
    "table": ({"option_folder": "town3/lis", "option_marker": ".ok"}, {"folder": "town3/lis", "marker": ".ok"}),
    "cda": ({"option_folder": "county/cda"}, {"folder": "county/cda"}),
    "file": (
        {"option_folder": "county/fhir", "option_quiet_seconds": "30"},
        {"folder": "county/fhir", "quiet_seconds": 30},
    ),
    "dicomweb": (
        {
            "address": "https://10.1.2.9/dicom-web",
            "allowed_hosts": "10.1.2.9:443",
            "option_charset": "GB18030",
            "option_template": VIEWER["template"],
            "option_secret": VIEWER["secret"],
        },
        {"charset": "GB18030", "viewer": VIEWER},
    ),
    "sql_view": (
        {
            "address": "postgresql://portal_read@10.1.2.3:5432/his",
            "allowed_hosts": "10.1.2.3:5432",
            "option_view": "lis.portal_view",
            "option_watermark": "修改时间",
            "option_key": "样本号，项目代码",
            "option_tls": "verify",
            "option_columns": MAPPING,
        },
        {
            "view": "lis.portal_view",
            "watermark": "修改时间",
            "key": ["样本号", "项目代码"],
            "tls": "verify",
        },
    ),
}


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:exchange_source_{name}", args=args)


def form(people: People, kind: str, **fields: str) -> dict[str, str]:
    return {**COMMON, "facility": str(people.county.pk), "code": "feed", "kind": kind, **KINDS[kind][0], **fields}


def test_every_kind_has_a_form_and_is_offered(engineer: Client) -> None:
    page = engineer.get(url("add")).content.decode()
    assert set(FORMS) == set(Source.Kind.values) == set(re.findall(r"\?kind=(\w+)", page)) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_feed_of_each_kind_is_made_and_is_not_live(engineer: Client, people: People, kind: str) -> None:
    answer = engineer.post(url("add"), form(people, kind))
    (source,) = rows(Source)
    assert answer["Location"] == url("onboarding", source.pk)
    wanted = KINDS[kind][1]
    assert (source.kind, source.state, {key: source.options.get(key) for key in wanted}) == (kind, "paused", wanted)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_page_of_a_kind_has_its_own_fields_only_and_says_what_they_hold(
    engineer: Client, people: People, kind: str
) -> None:
    engineer.post(url("add"), form(people, kind))
    page = engineer.get(url("change", rows(Source)[0].pk)).content.decode()
    shown = set(re.findall(r'name="(option_\w+)"', page))
    assert shown == set(FORMS[kind].options())
    assert all(f'value="{value}"' in page for name, value in KINDS[kind][0].items() if name == "option_folder")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_saving_a_page_as_it_is_changes_nothing(engineer: Client, people: People, kind: str) -> None:
    engineer.post(url("add"), form(people, kind))
    (before,) = rows(Source)
    shown = engineer.get(url("change", before.pk)).context["adminform"].form
    fields = {bound.html_name: value for bound in shown if (value := bound.value()) is not None}
    hosts = {"allowed_hosts": ",".join(before.allowed_hosts)} if "allowed_hosts" in fields else {}
    assert engineer.post(url("change", before.pk), fields | hosts).status_code == 302
    (after,) = rows(Source)
    assert after.options == before.options


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("fhir_r4", {"address": "https://user:secret@10.1.2.3:8443/fhir"}, "不能写用户名、密码"),
        ("fhir_r4", {"allowed_hosts": "10.9.9.9:8443"}, "接口地址的主机和端口不在这里"),
        ("dicomweb", {"allowed_hosts": "10.9.9.9:443"}, "接口地址的主机和端口不在这里"),
        ("dicomweb", {"address": "10.1.2.9/dicom-web"}, "以 http:// 或 https:// 开头"),
        ("dicomweb", {"option_template": "http://viewer.example/"}, "影像浏览器的地址应以 https:// 开头"),
        ("dicomweb", {"option_secret": "SECRET_KEY"}, "名称应以 FACILITY_TOKEN_ 开头"),
        ("sql_view", {"allowed_hosts": "10.9.9.9:5432"}, "接口地址的主机和端口不在这里"),
        ("sql_view", {"address": "postgresql://u:secret@10.1.2.3:5432/his"}, "数据库地址里不能写密码"),
        ("sql_view", {"address": "oracle://u@10.1.2.3/his"}, "数据库地址应写成"),
        ("sql_view", {"option_view": "a;DROP TABLE b"}, "只能写名称"),
        ("sql_view", {"option_columns": '{"colums": {}}'}, "不认识的设置"),
        ("sql_view", {"option_columns": "{"}, "不是正确的 JSON"),
        ("hl7v2", {"allowed_hosts": "front-end"}, "应写成 IP 地址或网段"),
        ("hl7v2", {"allowed_hosts": ""}, "谁也不能发送"),
        ("table", {"option_folder": ""}, "folder 应写投递文件夹下面的相对路径"),
        ("table", {"option_folder": "../etc"}, "folder 应写投递文件夹下面的相对路径"),
        ("cda", {"option_marker": "ok"}, "marker 应写完成标志文件的后缀"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_kept(
    engineer: Client, people: People, kind: str, fields: dict[str, str], words: str
) -> None:
    answer = engineer.post(url("add"), form(people, kind, **fields))
    assert words in answer.content.decode()
    assert set(answer.context["adminform"].form.errors) <= set(fields)
    assert rows(Source) == []


def test_settings_that_other_pages_keep_stay(engineer: Client, people: People) -> None:
    engineer.post(url("add"), form(people, "table"))
    (source,) = rows(Source)
    with acting_as("owner"):
        Source.objects.filter(pk=source.pk).update(options={**source.options, "columns": {"columns": {}}})
    engineer.post(url("change", source.pk), form(people, "table", option_folder="town3/new"))
    assert rows(Source)[0].options == {"folder": "town3/new", "marker": ".ok", "columns": {"columns": {}}}


@pytest.mark.parametrize("kind", ["dicomweb", "sql_view", "hl7v2"])
def test_whose_patient_numbers_a_feed_uses_is_kept_and_shown(engineer: Client, people: People, kind: str) -> None:
    factories.source(people.county, "county-his", state="paused")
    answer = engineer.post(url("add"), form(people, kind, option_patient_numbers_of="county-his"))
    assert answer.status_code == 302
    (source,) = rows(Source, code="feed")
    assert source.options["patient_numbers_of"] == "county-his"
    assert 'value="county-his"' in engineer.get(url("change", source.pk)).content.decode()


def test_kind_and_facility_are_chosen_once(engineer: Client, people: People) -> None:
    engineer.post(url("add"), form(people, "table"))
    (source,) = rows(Source)
    engineer.post(url("change", source.pk), form(people, "table", facility=str(people.township.pk)) | {"kind": "cda"})
    assert (rows(Source)[0].kind, rows(Source)[0].facility_id) == ("table", people.county.pk)


def test_every_kind_that_is_asked_is_made_due_and_no_other(engineer: Client, people: People) -> None:
    place = {"address": "http://x:1", "allowed_hosts": ["x:1"]}
    feeds = [
        factories.source(people.county, kind, kind=kind, **place)
        for kind in ("fhir_r4", "dicomweb", "sql_view", "hl7v2", "table")
    ]
    action = {"action": "pull_now", "_selected_action": [str(feed.pk) for feed in feeds]}
    engineer.post(url("changelist"), action)
    due = {source.code for source in rows(Source) if source.next_pull_at}
    assert due == {"fhir_r4", "dicomweb", "sql_view"}


def test_a_feed_cannot_be_made_live_by_its_form(engineer: Client, people: People) -> None:
    engineer.post(url("add"), form(people, "fhir_push", state="enabled"))
    engineer.post(url("change", rows(Source)[0].pk), form(people, "fhir_push", state="enabled", name="新名"))
    assert [(source.name, source.state) for source in rows(Source)] == [("新名", "paused")]


def test_nor_by_writing_the_row(engineer: Client, people: People) -> None:
    feed = factories.source(people.county, "feed", state="paused")
    token = engineer.session.get(TOKEN)
    with pytest.raises(IntegrityError, match="not launched"), seeing(token), transaction.atomic():
        Source.objects.filter(pk=feed.pk).update(state="enabled")


def test_a_failing_feed_shows_until_when_it_is_left_alone_and_is_tried_at_once_on_request(
    engineer: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foundation.clock.now", lambda: NOON)
    feed = factories.source(people.county, "feed", failures=4, next_pull_at=NOON + timedelta(hours=2))
    assert "已熔断，11-22 14:00 再试" in engineer.get(url("changelist")).content.decode()
    page = engineer.get(url("onboarding", feed.pk)).content.decode()
    assert "已熔断，14:00 再试" in page
    assert "现在重试" in page
    engineer.post(url("onboarding", feed.pk), {"deed": "retry"})
    assert rows(Source)[0].next_pull_at == NOON
    assert "已熔断" not in engineer.get(url("onboarding", feed.pk)).content.decode()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_auditor_reads_a_feed_and_changes_nothing(
    engineer: Client, people: People, signed_in: Enter, kind: str
) -> None:
    engineer.post(url("add"), form(people, kind))
    (source,) = rows(Source)
    auditor = signed_in(factories.staff("auditor-here", "审计员", people.bureau, "auditor"))
    page = auditor.get(url("change", source.pk)).content.decode()
    assert "_save" not in page
    assert all(str(key) in page for key in KINDS[kind][1])
    assert 'name="deed"' not in auditor.get(url("onboarding", source.pk)).content.decode()
    assert auditor.post(url("onboarding", source.pk), {"deed": "launch", "reason": "x"}).status_code == 403


def test_who_works_elsewhere_finds_no_such_feed(engineer: Client, people: People, signed_in: Enter) -> None:
    feed = factories.source(people.county, "feed")
    other = signed_in(factories.staff("other", "别家工程师", people.township, "engineer"))
    assert [other.get(url(page, feed.pk)).status_code for page in ("onboarding", "credentials")] == [404, 404]


def test_the_web_login_cannot_say_that_a_trial_passed(engineer: Client, people: People) -> None:
    feed = factories.source(people.county, "feed", state="paused")
    sql = (
        "INSERT INTO exchange_trial (id, source_id, facility_id, kind, asked_at, asked_by, state, sentence, facts,"
        " ended_at) VALUES (gen_random_uuid(), %s, %s, 'rehearsal', now(), 'x', 'passed', 'x', '{}', now())"
    )
    with pytest.raises(ProgrammingError, match="row-level"), seeing(engineer.session.get(TOKEN)), transaction.atomic():
        connection.cursor().execute(sql, [feed.pk, people.county.pk])


# Patient numbers of another feed of the facility.


@pytest.mark.parametrize("kind", ["dicomweb", "hl7v2", "table"])
def test_a_feed_may_use_the_patient_numbers_of_another_one(engineer: Client, people: People, kind: str) -> None:
    factories.source(people.county, "county-his")
    engineer.post(url("add"), form(people, kind, option_patient_numbers_of="county-his"))
    (source,) = rows(Source, code="feed")
    assert source.options["patient_numbers_of"] == "county-his"
    assert 'value="county-his"' in engineer.get(url("change", source.pk)).content.decode()


def test_not_of_another_facility_nor_of_itself(engineer: Client, people: People) -> None:
    factories.source(people.township, "town-his")
    for code in ("town-his", "nothing", "feed"):
        page = engineer.post(url("add"), form(people, "hl7v2", option_patient_numbers_of=code)).content.decode()
        assert "同一机构的另一个数据来源" in page
    assert rows(Source, code="feed") == []
