"""What the first page of the staff site can offer, by kind of work; of each list, which rows wait in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.desk_waits import (
    booked_today,
    changed_lately,
    everything,
    failed_since_yesterday,
    in_the_works,
    shown_failed,
    unanswered,
    uncalled,
    unclosed,
    undecided,
    unended,
    unread,
    unresolved,
    unsettled,
    unsought,
    used_up_today,
)

Query = Callable[[datetime], dict[str, Any]]
Rows = Callable[[datetime], dict[str, Any] | Q]


@dataclass(frozen=True)
class Entry:
    """One list of the admin: `waits` are the rows that wait in it and are counted, `shows` what its link asks for.

    The lists of bookings and of held messages show today's and the open ones by themselves. `add` names the deed of
    adding a row; `page` is the address of a page of our own for a model that the admin cannot list, shown to whoever
    may do `deed` to it.
    """

    model: str
    title: Promise
    note: Promise
    waits: Rows | None = None
    shows: Query = everything
    add: Promise | None = None
    page: str = ""
    deed: str = "view"


GROUPS: list[tuple[Promise, str, list[Entry]]] = [
    (
        _("居民"),
        "user",
        [
            Entry(
                "exchange.criticalcase",
                _("危急值"),
                _("先由医生打电话告诉本人的结果，等着联系"),
                unsettled,
                page="staff:critical",
            ),
            Entry("records.followthrough", _("异常结果随访"), _("由谁联系本人"), unended, page="staff:follow_through"),
            Entry("records.awaited", _("等医生说明的结果"), _("写几句说明，本人等着看"), unended, page="staff:awaited"),
            Entry(
                "records.servicequestion",
                _("逾期与核实"),
                _("异议、异常结果、服务核实，各机构有多少过了期限"),
                page="staff:overdue",
            ),
            Entry("residents.presencecode", _("窗口开通"), _("读身份证、打印激活码和帮办卡"), page="staff:counter"),
            Entry("residents.presencecode", _("帮办"), _("居民在场，帮着约号、退号、打印和讲解"), page="staff:assist"),
            Entry("residents.resident", _("查找居民"), _("本机构服务范围内和有预约的居民"), page="staff:residents"),
            Entry("residents.presencecode", _("登记去世"), _("停用账号，负责人复核"), page="staff:deaths"),
            Entry(
                "residents.opening",
                _("紧急调阅"),
                _("不是本机构的居民，但来不及征得同意时"),
                page="staff:emergency",
                deed="add",
            ),
            Entry(
                "residents.guardianship",
                _("监护人申请"),
                _("家长申请为孩子代办，核对证明后通过或退回"),
                undecided,
                page="staff:guardianships",
            ),
            Entry(
                "exchange.identitycase",
                _("核对身份"),
                _("机构传来的数据是谁的，等着本机构的人决定"),
                unsettled,
                page="staff:identities",
            ),
            Entry(
                "exchange.recall",
                _("收回报告"),
                _("报告显示在别人名下：马上收回，再核查；数字是没有结案的"),
                unclosed,
                page="staff:recalls",
            ),
            Entry(
                "exchange.fold", _("重复报告"), _("两家机构发来的同一份报告，列表里只列一份；不是同一份时在这里分开")
            ),
            Entry(
                "exchange.errorsheet",
                _("收到的表格"),
                _("机构送来的表格里哪些行不能用，下载改好再送"),
                page="staff:tables",
            ),
            Entry("residents.correction", _("更正申请"), _("居民说信息不对，等着核实答复"), unanswered),
            Entry("records.dispute", _("档案异议"), _("居民说一条记录不对，等着核实答复"), unanswered),
            Entry("residents.accesscase", _("访问疑问"), _("居民不认识的访问，等着答复"), unanswered),
        ],
    ),
    (
        _("门诊预约"),
        "calendar",
        [
            Entry(
                "appointments.booking",
                _("今日预约"),
                _("今天已约好、还没有签到的人"),
                booked_today,
                lambda now: {"status__exact": "booked"},
            ),
            Entry(
                "appointments.booking",
                _("预约台"),
                _("每天一页：查人、约号、改期、取消、签到、打小票、名单和统计"),
                page="staff:desk",
            ),
            Entry(
                "appointments.callback",
                _("要回的电话"),
                _("居民回复短信“0”请人打电话，到期以前打好并登记"),
                uncalled,
                page="staff:calls",
            ),
            Entry("appointments.ticket", _("叫号"), _("诊室叫下一位、再叫、过号"), page="staff:queues"),
            Entry("appointments.rota", _("排班"), _("每周哪天、哪位医生出诊，放多少号，含专家下乡"), add=_("新排班")),
            Entry("appointments.rotaexception", _("排班变动"), _("请假、加诊，一次可登记好几天"), add=_("登记变动")),
            Entry("appointments.holiday", _("节假日"), _("国务院放假和调休上班的日子")),
            Entry("appointments.session", _("出诊与号源"), _("哪位医生、哪天出诊、放多少号"), add=_("开放号源")),
            Entry(
                "appointments.appeal",
                _("爽约和申诉"),
                _("居民对爽约登记的申诉，到期没有答复就按同意办"),
                unanswered,
                page="staff:no_shows",
            ),
            Entry("appointments.rule", _("预约规则"), _("提前几天可约、几点放号、何时截止退号")),
            Entry("appointments.preparation", _("就诊准备"), _("各科室来之前要怎么准备，居民预约时看到")),
            Entry("appointments.guideversion", _("导诊规则"), _("哪里不舒服该看哪个科：写、另一人审核、启用、停用")),
            Entry(
                "appointments.guidesymptom", _("导诊症状"), _("每种不舒服问什么、看什么科；只能改还没有审核的那一版")
            ),
            Entry("appointments.service", _("可一起预约的检查"), _("抽血、B超等，能和看医生排在同一个上午")),
        ],
    ),
    (
        _("健康宣教"),
        "book",
        [
            Entry(
                "health_education.revision",
                _("宣教待办"),
                _("等我初审、审核、修改和复审的文章；数字是全部待初审、待审核和待确认用途的"),
                in_the_works,
                page="admin:health_education_revision_worklist",
            ),
            Entry("health_education.article", _("宣教文章"), _("全部文章和它们的版本"), add=_("写新文章")),
            Entry(
                "health_education.failedsearch",
                _("没搜到的词"),
                _("居民想看而没有找到的内容，写文章或加同义词"),
                unsought,
                lambda now: {"settled": "no"},
            ),
            Entry(
                "health_education.feedback",
                _("读者反馈"),
                _("读者说看不懂、有错误的地方；看过并答复。数字是写了话、还没有处理的"),
                unread,
                lambda now: {"state": "waiting"},
                page="admin:health_education_feedback_changelist",
            ),
            Entry("health_education.synonymgroup", _("同义词"), _("意思相同的说法，搜一个都能找到")),
            Entry("health_education.themeday", _("健康主题日"), _("哪天宣传什么，居民提前看到文章")),
            Entry("health_education.topic", _("宣教主题"), _("文章按什么分类")),
            Entry("health_education.reviewerspeciality", _("审核专业"), _("哪位审核人可以审哪个专业的文章")),
            Entry("health_education.bannedclaim", _("慎用说法"), _("出现时提醒编辑和审核人的话，如“根治”")),
            Entry(
                "health_education.activity",
                _("健康活动"),
                _("讲座、义诊、筛查：发布、报名名单、现场签到、登记举办"),
                add=_("安排新活动"),
            ),
            Entry(
                "health_education.dutyentry",
                _("年度健康教育完成情况"),
                _("印刷资料、音像、宣传栏、咨询、讲座，对照规定做了多少；可下载表格"),
                page="staff:duty",
            ),
            Entry(
                "health_education.dutyentry",
                _("健康教育工作登记"),
                _("发了什么资料、放了什么、宣传栏换了什么"),
                add=_("登记一项"),
            ),
        ],
    ),
    (
        _("数据接入"),
        "download",
        [
            Entry("exchange.held", _("待处理消息"), _("没有入档的消息、原因和办法"), unresolved),
            Entry(
                "exchange.pull", _("拉取失败"), _("昨天以来没有取到数据的机构"), failed_since_yesterday, shown_failed
            ),
            Entry("exchange.pull", _("拉取记录"), _("每次从机构取回了多少数据")),
            Entry("exchange.source", _("数据来源"), _("从哪些机构取数据、多久取一次")),
            Entry(
                "exchange.source",
                _("更新情况"),
                _("每家机构的资料到什么时候、有多少在等、缺哪一段；居民也看得到"),
                page="records:sources",
            ),
            Entry("exchange.releasepolicy", _("发布规则"), _("哪些结果推迟看、到机构领或不列出"), add=_("添加规则")),
            Entry(
                "records.recognitionrule",
                _("互认规则"),
                _("哪些项目互认、参考期几天、要不要质控合格"),
                add=_("添加互认规则"),
            ),
            Entry(
                "records.qualitymark", _("质控合格标记"), _("哪家检验科的哪些项目通过了室间质评"), add=_("登记质控合格")
            ),
            Entry("exchange.criticallimit", _("危急值界限"), _("检验科没有标危急值时，按哪些数值推迟")),
            Entry("records.nextstep", _("异常结果的建议"), _("居民的结果偏高偏低时，本机构建议下一步怎么办")),
            Entry("exchange.codemapping", _("编码对照"), _("院内项目编码对应的标准编码")),
            Entry("exchange.unitalias", _("单位的写法"), _("机构印的单位就是哪个标准单位")),
            Entry("exchange.unmapped", _("未对照的编码"), _("机构常用而还没有对照的编码和单位")),
            Entry("exchange.replay", _("重新解读"), _("按今天的编码对照更新已入档的结果")),
        ],
    ),
    (
        _("机构与人员"),
        "people",
        [
            Entry("facilities.facility", _("医疗机构"), _("县、乡、村三级机构")),
            Entry("facilities.department", _("科室"), _("每个机构的科室")),
            Entry("facilities.practitioner", _("医生"), _("居民预约时看到的医生")),
            Entry("residents.account", _("工作人员账号"), _("开通、停用、手机丢失"), page="staff:accounts"),
            Entry("residents.approval", _("双人审批"), _("一个人申请，另一个人决定"), page="staff:approvals"),
            Entry(
                "residents.resident",
                _("导出居民名单"),
                _("要另一位负责人同意，文件只能取一次"),
                page="staff:export",
                deed="export",
            ),
            Entry("facilities.membership", _("人员角色"), _("谁在哪个机构负责什么")),
        ],
    ),
    (
        _("系统管理"),
        "settings",
        [
            Entry("residents.consenttext", _("授权同意书"), _("请居民同意的文字，只能添加新版本")),
            Entry("foundation.datedsetting", _("参数设置"), _("各项期限、上限和提示文字")),
            Entry(
                "residents.messagespending",
                _("短信与消息"),
                _("发出多少、花费多少；数字是今天已用完的额度"),
                used_up_today,
                page="staff:messages",
            ),
            Entry("residents.accessevent", _("访问记录"), _("谁在什么时候看了、改了什么"), page="staff:access_log"),
            Entry(
                "residents.accessevent",
                _("全县性更改"),
                _("谁改了机构的管辖关系或参数，改前改后；数字是近7天的"),
                changed_lately,
                page="staff:changes",
                deed="changes",
            ),
            Entry("residents.opening", _("手工激活码"), _("没有读卡、手工输入号码打印的激活码"), page="staff:slips"),
            Entry("residents.openingreview", _("紧急调阅核查"), _("逐条核查紧急调阅的理由"), page="staff:emergencies"),
        ],
    ),
]
