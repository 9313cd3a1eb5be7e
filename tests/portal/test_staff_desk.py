"""The first page of the staff site: each role sees its own work and nothing else."""

import re
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilities.permissions import ALLOWED
from facilities.roles import Role
from tests import factories
from tests.architecture.rows import booking
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter, colleague

HALF_DAYS = ["今日预约", "预约台", "叫号", "排班", "排班变动"]
HOW_TO_BOOK = ["预约规则", "就诊准备", "可一起预约的检查"]
CALLED_BACK = ["今日预约", "预约台", "要回的电话", "叫号", "排班", "排班变动"]
GUIDE = ["导诊规则", "导诊症状"]
CLINIC = [*CALLED_BACK, "节假日", "出诊与号源", "爽约和申诉", *HOW_TO_BOOK]
EDUCATION = [
    "宣教待办",
    "宣教文章",
    "没搜到的词",
    "读者反馈",
    "同义词",
    "健康主题日",
    "宣教主题",
    "审核专业",
    "慎用说法",
]
ACTIVITIES = ["健康活动", "年度健康教育完成情况", "健康教育工作登记"]
INTAKE = [
    "待处理消息",
    "拉取失败",
    "拉取记录",
    "数据来源",
    "更新情况",
    "编码对照",
    "单位的写法",
    "未对照的编码",
    "重新解读",
]
PLACES = ["医疗机构", "科室", "医生"]
COUNTER = ["窗口开通", "帮办", "查找居民", "登记去世"]
RULES = ["发布规则", "互认规则", "质控合格标记", "危急值界限", "异常结果的建议"]
CALLS = ["危急值", "异常结果随访", "等医生说明的结果"]
GIVING = ["工作人员账号", "双人审批"]

DESK = {
    "administrator": [
        *["节假日", *HOW_TO_BOOK, "审核专业", "拉取失败", "拉取记录", "数据来源", "更新情况", *RULES, *PLACES],
        *[*GIVING, "人员角色"],
        *["授权同意书", "参数设置", "短信与消息", "全县性更改"],
    ],
    "security": [*GIVING, "人员角色", "全县性更改"],
    "manager": [
        *CALLS,
        "逾期与核实",
        *COUNTER,
        "监护人申请",
        "核对身份",
        "收回报告",
        "重复报告",
        "收到的表格",
        "更正申请",
        "档案异议",
        "访问疑问",
        *CLINIC,
        *ACTIVITIES,
        *RULES,
        *PLACES,
        *GIVING,
        "导出居民名单",
        "人员角色",
    ],
    "reception": [*COUNTER, "监护人申请", "核对身份", "收回报告", "重复报告", "收到的表格"]
    + ["更正申请", *CLINIC, "科室", "医生"],
    "clinician": [*CALLS, *COUNTER, "紧急调阅", "档案异议", *HALF_DAYS, "出诊与号源"],
    "village_doctor": [*CALLS, *COUNTER, "紧急调阅", *ACTIVITIES],
    "public_health": [*CALLS, *COUNTER, "核对身份", "收回报告", "收到的表格", "档案异议"]
    + [*ACTIVITIES, "双人审批", "导出居民名单"],
    "editor": [*GUIDE, *EDUCATION, *ACTIVITIES],
    "reviewer": [*GUIDE, *EDUCATION],
    "engineer": ["收回报告", "重复报告", *INTAKE, "医疗机构", "短信与消息"],
    "auditor": [
        *["收回报告", "访问疑问", "拉取失败", "拉取记录", "数据来源", "更新情况", *RULES, "双人审批", "人员角色"],
        *["授权同意书", "参数设置", "短信与消息"],
        *["访问记录", "全县性更改", "手工激活码", "紧急调阅核查"],
    ],
}


def titles(page: str) -> list[str]:
    return re.findall(r'<span class="desk-title">(.*?)</span>', page)


def index(client: Any) -> str:
    return client.get(reverse("staff:index")).content.decode()


@pytest.mark.parametrize("role", sorted(DESK))
def test_a_role_sees_its_own_work_only(role: str, people: People, signed_in: Enter) -> None:
    assert titles(index(signed_in(colleague(people, role)))) == DESK[role]


def test_every_role_is_in_the_table() -> None:
    assert set(DESK) == set(Role.values)


@pytest.mark.parametrize("role", sorted(Role.values))
def test_a_role_opens_exactly_the_lists_it_may(role: str, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        may = "view" in ALLOWED[model._meta.label_lower].get(Role(role), ())
        assert (model._meta.label, client.get(address).status_code) == (model._meta.label, 200 if may else 403)


@pytest.mark.parametrize("role", sorted(Role.values))
def test_a_role_adds_nothing_it_may_not(role: str, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    for model in admin.site._registry:
        if "add" not in ALLOWED[model._meta.label_lower].get(Role(role), ()):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
            assert (model._meta.label, client.get(address).status_code) == (model._meta.label, 403)


def test_reception_is_offered_to_open_places(people: People, signed_in: Enter) -> None:
    assert "开放号源" in index(signed_in(people.zhangqiantai))


def test_a_clinician_is_not(people: People, signed_in: Enter) -> None:
    assert "开放号源" not in index(signed_in(people.chenyisheng))


def test_the_count_of_today_is_of_ones_own_facility(people: People, signed_in: Enter, at: Any) -> None:
    booking(people)
    with at(NOON.replace(day=23)):
        here, elsewhere = index(signed_in(people.zhangqiantai)), index(signed_in(people.chenyisheng))
    assert re.findall(r'今日预约</span> <span class="desk-count">(\d+)', here) == ["1"]
    assert re.findall(r'今日预约</span> <span class="desk-count">(\d+)', elsewhere) == ["0"]


def test_the_count_leads_to_the_same_rows(people: People, signed_in: Enter, at: Any) -> None:
    booking(people)
    with at(NOON.replace(day=23)):
        client = signed_in(people.zhangqiantai)
        address = re.search(r'class="desk-link" href="([^"]*booking[^"]*)"', index(client))
        assert address
        page = client.get(address[1].replace("&amp;", "&")).content.decode()
    assert "贺兰芳" in page


def test_reception_does_not_see_another_facilitys_bookings(people: People, signed_in: Enter) -> None:
    booking(people)
    elsewhere = factories.staff("other", "外院前台", people.county, "reception")
    page = signed_in(elsewhere).get(reverse("admin:appointments_booking_changelist")).content.decode()
    assert "贺兰芳" not in page


def test_another_facilitys_booking_is_a_404(people: People, signed_in: Enter) -> None:
    row = booking(people)
    elsewhere = factories.staff("other", "外院前台", people.county, "reception")
    address = reverse("admin:appointments_booking_change", args=[row.pk])
    assert signed_in(elsewhere).get(address).status_code == 404
    assert signed_in(people.zhangqiantai).get(address).status_code == 200


@pytest.mark.parametrize("rows", [1, 50])
def test_the_first_page_asks_the_same_few_questions(rows: int, people: People, signed_in: Enter) -> None:
    doctor = factories.practitioner(factories.department(people.township))
    for number in range(rows):
        factories.session(doctor, date(2027, 1 + number // 28, 1 + number % 28))
    client = signed_in(people.zhangqiantai)
    with CaptureQueriesContext(connections["default"]) as asked:
        client.get(reverse("staff:index"))
    assert len([query for query in asked if query["sql"].startswith("SELECT")]) <= 5


def test_the_editors_are_told_how_many_words_of_readers_wait(people: People, signed_in: Enter) -> None:
    article = factories.article().article
    with connections["default"].cursor() as cursor:
        for kind, place, words in (("useful", "", ""), ("unclear", "", "太难"), ("wrong", "第二段", "")):
            cursor.execute("SELECT app.give_feedback(%s, %s, %s, %s)", [article.pk, kind, place, words])
    client = signed_in(people.editor)
    with CaptureQueriesContext(connections["default"]) as asked:
        page = index(client)
    assert re.findall(r'读者反馈</span> <span class="desk-count">(\d+)', page) == ["2"]
    [address] = re.findall(r'class="desk-link" href="([^"]*feedback[^"]*)"', page)
    listed = client.get(address.replace("&amp;", "&")).content.decode()
    assert re.findall(r'data-label="等待处理">(\d+)', listed) == ["2"]
    assert len([query for query in asked if query["sql"].startswith("SELECT")]) <= 5
