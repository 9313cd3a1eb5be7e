"""The wording of this room: masked numbers, levels of proof, lines of the inbox, deeds of the access log."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.fields import opened
from residents.mine import Profile
from residents.models import Notice

Words = str | Promise

LEVELS: dict[int, tuple[Words, Words]] = {
    0: (gettext_lazy("未实名"), gettext_lazy("请带证件到就近的医院或卫生院窗口核验，核验后才能预约和看结果。")),
    1: (gettext_lazy("L1 自行登记"), gettext_lazy("可以预约挂号。要看健康档案和检查结果，请带证件到窗口核验。")),
    2: (gettext_lazy("L2 与已有档案相符"), gettext_lazy("可以预约挂号，也可以看自己的健康档案和检查结果。")),
    3: (gettext_lazy("L3 已由机构核验"), gettext_lazy("工作人员看过您的证件，本门户的服务都可以用。")),
}

# Where a line of the inbox leads. The rooms above are named by their addresses only.
PLACES = {
    Notice.Kind.REPORT_READY: "records:reports",
    Notice.Kind.BOOKED: "appointments:bookings",
    Notice.Kind.BOOKING_CANCELLED: "appointments:bookings",
    Notice.Kind.HAND_OVER: "residents:family",
    Notice.Kind.DELEGATION_ENDED: "residents:family",
    Notice.Kind.GUARDIANSHIP_REFUSED: "residents:family",
    Notice.Kind.DELEGATION_STARTED: "residents:family",
    Notice.Kind.DELEGATION_INVITED: "residents:family",
    Notice.Kind.NEW_DEVICE: "residents:sign_ins",
    Notice.Kind.PASSWORD_CHANGED: "residents:sign_ins",
    Notice.Kind.FIRST_ACCESS: "residents:access_log",
    Notice.Kind.EMERGENCY_ACCESS: "residents:access_log",
    Notice.Kind.ASSISTED_ACT: "residents:access_log",
    Notice.Kind.CASE_ANSWERED: "residents:access_log",
    Notice.Kind.PHONE_CHANGED: "residents:me",
    Notice.Kind.ACCOUNT_OPENED: "residents:me",
    Notice.Kind.REGISTRATION_ATTEMPT: "residents:sign_ins",
    Notice.Kind.ACTIVATION_PRINTED: "residents:access_log",
    Notice.Kind.DEATH_REPORTED: "residents:access_log",
    Notice.Kind.RESULT_CHECKED: "records:taken_back",
    Notice.Kind.RESULT_SHOWN_AGAIN: "records:reports",
    Notice.Kind.RESULT_TAKEN_BACK: "records:taken_back",
    Notice.Kind.RESULT_RETURNED: "records:taken_back",
    Notice.Kind.SEEN_TAKEN_BACK: "records:taken_back",
    Notice.Kind.ACTIVITY_TOMORROW: "health_education:my_activities",
    Notice.Kind.ACTIVITY_CHANGED: "health_education:my_activities",
    Notice.Kind.ACTIVITY_CANCELLED: "health_education:my_activities",
    Notice.Kind.FEEDBACK_ANSWERED: "health_education:my_feedback",
    Notice.Kind.DISPUTE_ANSWERED: "records:disputes",
    Notice.Kind.RESULT_UNREAD: "records:reports",
    Notice.Kind.RECORD_READY: "records:booklet",
    Notice.Kind.SERVICE_ASKED: "records:services",
}

ACTIONS: dict[str, Words] = {
    "residents.signed_in": gettext_lazy("登录了门户"),
    "residents.bound": gettext_lazy("绑定了微信或身份认证平台"),
    "residents.unbound": gettext_lazy("解除了微信或身份认证平台的绑定"),
    "residents.proved_claim": gettext_lazy("通过身份认证平台核验了身份"),
    "residents.signed_in_on_new_device": gettext_lazy("在一台新设备上登录了门户"),
    "residents.changed_password": gettext_lazy("修改了登录密码"),
    "residents.ended_other_sign_ins": gettext_lazy("让别的设备退出了登录"),
    "residents.added_authenticator_app": gettext_lazy("设置了动态码"),
    "residents.removed_authenticator_app": gettext_lazy("停用了动态码"),
    "residents.added_passkey": gettext_lazy("添加了通行密钥"),
    "residents.removed_passkey": gettext_lazy("删除了通行密钥"),
    "residents.renewed_recovery_codes": gettext_lazy("重新生成了恢复码"),
    "residents.printed_slip": gettext_lazy("打印了帮办凭条"),
    "residents.made_helper_code": gettext_lazy("取了一次性帮办码"),
    "residents.sent_helper_code": gettext_lazy("在窗口请求把帮办码发到本人手机"),
    "residents.ended_weaker_sign_in": gettext_lazy("通过身份认证平台核验了身份，原来的登录方式作废"),
    "staff.searched": gettext_lazy("按证件号码查找了本人"),
    "audit.looked_up_person": gettext_lazy("审计时查看了访问记录"),
    "residents.opened_care": gettext_lazy("因诊疗服务打开了档案"),
    "residents.opened_emergency": gettext_lazy("紧急打开了档案"),
    "residents.opened_counter": gettext_lazy("在窗口核对了证件"),
    "residents.opened_assisted": gettext_lazy("凭帮办卡或帮办码办理"),
    "residents.registered": gettext_lazy("在网上注册了账号"),
    "residents.issued_activation": gettext_lazy("在窗口用读卡器核验后打印了激活码，原来的登录方式作废"),
    "residents.issued_activation_by_hand": gettext_lazy("在窗口手工输入证件号码后打印了激活码，原来的登录方式作废"),
    "residents.witnessed_activation": gettext_lazy("在窗口一起核对了证件，同意打印激活码"),
    "residents.issued_card": gettext_lazy("在窗口打印了帮办卡"),
    "residents.activation_fits": gettext_lazy("输入了正确的激活码"),
    "residents.activation_refused": gettext_lazy("有人输错了激活码"),
    "residents.activated": gettext_lazy("用激活码开通了账号"),
    "residents.took_number_over": gettext_lazy("在窗口接管了被网上登记占用的证件号码"),
    "residents.changed_name": gettext_lazy("在窗口按证件更改了姓名"),
    "residents.changed_phone": gettext_lazy("更改了手机号"),
    "residents.changed_pin": gettext_lazy("设置了服务密码"),
    "residents.registered_at_counter": gettext_lazy("在窗口凭证件建立了信息"),
    "residents.reported_death": gettext_lazy("登记了去世，等待复核"),
    "residents.confirmed_death": gettext_lazy("复核确认了去世"),
    "residents.refused_death": gettext_lazy("复核退回了去世登记"),
    "residents.asked_to_undo_death": gettext_lazy("本人到窗口，申请更正误登记的去世"),
    "residents.undid_death": gettext_lazy("复核后更正了误登记的去世"),
    "residents.kept_death": gettext_lazy("复核退回了去世的更正申请"),
    "residents.gave_consent": gettext_lazy("同意了一项授权"),
    "residents.withdrew_consent": gettext_lazy("撤回了一项授权"),
    "residents.exported_data": gettext_lazy("导出了全部信息"),
    "residents.asked_for_correction": gettext_lazy("提出了一个更正申请"),
    "residents.closed_account": gettext_lazy("注销了账号"),
    "residents.asked_about_access": gettext_lazy("提出了一个访问疑问"),
    "residents.invited_delegate": gettext_lazy("邀请家人代办"),
    "residents.withdrew_invitation": gettext_lazy("撤回了代办邀请"),
    "residents.missed_invitation": gettext_lazy("输错了一次代办邀请码"),
    "residents.accepted_delegation": gettext_lazy("接受了代办邀请"),
    "residents.ended_delegation": gettext_lazy("终止了一项代办"),
    "residents.agreed_to_guardian": gettext_lazy("决定了监护人能看什么"),
    "residents.agreed_to_delegate": gettext_lazy("约定了成年后的代办"),
    "residents.applied_as_guardian": gettext_lazy("申请作为监护人代办"),
    "residents.withdrew_guardianship": gettext_lazy("撤回了监护人申请"),
    "residents.read_guardianship": gettext_lazy("审核时查看了监护人申请"),
    "residents.approved_guardianship": gettext_lazy("通过了监护人申请"),
    "residents.refused_guardianship": gettext_lazy("退回了监护人申请"),
    "records.read_summary": gettext_lazy("查看了健康档案首页"),
    "records.read_section": gettext_lazy("查看了健康档案的一类内容"),
    "records.read_thing": gettext_lazy("查看了一种药、一个诊断或一项过敏的全部记录"),
    "records.searched": gettext_lazy("在健康档案里查找"),
    "records.list_items": gettext_lazy("按项目查看了检验结果"),
    "records.list_follow_ups": gettext_lazy("查看了随访列表"),
    "records.read_check_up": gettext_lazy("查看了一次健康体检"),
    "records.read_follow_up": gettext_lazy("查看了一次随访"),
    "records.read_document": gettext_lazy("查看了一份医疗文书"),
    "records.read_growth": gettext_lazy("查看了生长曲线"),
    "records.read_vaccinations": gettext_lazy("查看了预防接种和应接种的疫苗"),
    "records.list_reports": gettext_lazy("查看了检查检验结果列表"),
    "records.read_report": gettext_lazy("查看了一份检查检验报告"),
    "records.download_report": gettext_lazy("下载了一份检查检验报告"),
    "records.read_earlier_report": gettext_lazy("查看了一份报告更正前的版本"),
    "records.download_original": gettext_lazy("下载了机构原始报告"),
    "records.view_picture": gettext_lazy("查看了一张检查影像"),
    "records.read_taken_back": gettext_lazy("查看了收回和归还的报告的说明"),
    "records.suggested_reading": gettext_lazy("首页根据档案推荐了文章"),
    "records.chose_for_share": gettext_lazy("列出了可以放进互认凭证的报告"),
    "records.made_share": gettext_lazy("生成了一张互认凭证"),
    "records.revoked_share": gettext_lazy("撤销了一张互认凭证"),
    "records.read_shares": gettext_lazy("查看了自己的互认凭证"),
    "records.opened_share": gettext_lazy("凭证被使用：用凭证号和PIN打开了您分享的报告"),
    "records.refused_share": gettext_lazy("有人输错了您互认凭证的PIN"),
    "records.read_share": gettext_lazy("凭证被使用：查看了您分享的报告"),
    "records.downloaded_share": gettext_lazy("凭证被使用：下载了您分享的一份报告"),
    "records.downloaded_shared_original": gettext_lazy("凭证被使用：下载了您分享的机构原始报告"),
    "records.read_recognised": gettext_lazy("预约或办理时看到了还在互认参考期内的报告"),
    "records.list_disputes": gettext_lazy("查看了自己提出的异议"),
    "records.read_contested": gettext_lazy("打开了一条记录或异议，准备说明哪里不对"),
    "records.disputed_entry": gettext_lazy("对一条记录提出了异议"),
    "records.objected_to_answer": gettext_lazy("不同意答复，请县里复核"),
    "records.open_viewer": gettext_lazy("打开了检查影像浏览器"),
    "appointments.read_bookings": gettext_lazy("查看了预约记录"),
    "appointments.read_booking": gettext_lazy("查看了一个预约"),
    "appointments.booked": gettext_lazy("预约了一个号"),
    "appointments.cancelled": gettext_lazy("取消了一个预约"),
    "appointments.moved": gettext_lazy("把预约改到了另一个时间"),
    "health_education.signed_up": gettext_lazy("报名了一个健康教育活动"),
    "health_education.left": gettext_lazy("取消了一个活动的报名"),
    "health_education.attended": gettext_lazy("在一个活动上签到"),
    "health_education.read_signups": gettext_lazy("查看了活动报名"),
    "health_education.ticked": gettext_lazy("在活动的名单上登记了是否到场"),
    "exchange.asked_error_sheet": gettext_lazy("申请下载表格里不能用的行"),
    "exchange.read_table_sample": gettext_lazy("把收到的表格用作列对照的样本"),
    "exchange.read_error_sheet": gettext_lazy("下载了表格里不能用的行"),
    "exchange.read_identity": gettext_lazy("核对机构传来的数据是不是您的"),
    "exchange.linked_identity": gettext_lazy("确认机构传来的数据是您的"),
    "exchange.parted_identity": gettext_lazy("确认机构传来的数据不是您的，退回机构"),
    "exchange.undid_identity": gettext_lazy("撤销了对数据归属的决定"),
    "exchange.undid_merge": gettext_lazy("撤销了机构对患者编号的合并"),
    "exchange.looked_for_recall": gettext_lazy("为收回报告，按报告编号查找（只看到姓和出生年份）"),
    "exchange.recalled": gettext_lazy("收回了一份报告，等待核查"),
    "exchange.named_for_recall": gettext_lazy("核查一份报告是不是您的"),
    "exchange.read_recall": gettext_lazy("查看了一份报告的收回情况"),
    "exchange.read_sightings": gettext_lazy("查看了谁看过收回的报告"),
    "exchange.proposed_recall": gettext_lazy("拟把收回的报告移给本来的人"),
    "exchange.moved_recall": gettext_lazy("把收回的报告移给了本来的人"),
    "exchange.withdrawn_recall": gettext_lazy("撤回了一份不属于任何人的报告"),
    "exchange.unfounded_recall": gettext_lazy("核查后恢复显示了一份报告"),
    "exchange.undid_recall": gettext_lazy("撤销了对收回报告的决定"),
    "exchange.closed_recall": gettext_lazy("收回报告的事件结案"),
    "records.read_trend": gettext_lazy("查看了一项结果和它的走势"),
    "records.read_follow_through": gettext_lazy("为了打电话联系您，查看了偏离参考区间的结果"),
    "records.contacted_follow_through": gettext_lazy("登记了已为偏离参考区间的结果联系您"),
    "records.missed_follow_through": gettext_lazy("登记了没有联系上您"),
    "records.booked_follow_through": gettext_lazy("登记了已为您约好复查"),
    "records.rechecked_follow_through": gettext_lazy("登记了您已经复查"),
    "records.closed_follow_through": gettext_lazy("登记了偏离参考区间的结果不用再联系"),
    "exchange.read_critical": gettext_lazy("为了打电话联系您，查看了一项需要先向您说明的结果"),
    "exchange.told_critical": gettext_lazy("登记了已打电话向您说明结果"),
    "exchange.missed_critical": gettext_lazy("打电话没有联系上您"),
    "exchange.handed_critical": gettext_lazy("请您的建档机构联系您，说明一项结果"),
    "staff.listed": gettext_lazy("在工作台看到了名字"),
    "staff.read": gettext_lazy("在工作台查看了信息"),
    "staff.added": gettext_lazy("在工作台登记了信息"),
    "staff.changed": gettext_lazy("在工作台修改了信息"),
}
ROOMS: dict[str, Words] = {
    "records": gettext_lazy("查看了健康档案"),
    "exchange": gettext_lazy("接收了医疗机构传来的数据"),
    "appointments": gettext_lazy("办理了预约"),
    "staff": gettext_lazy("在工作台处理了信息"),
}


@dataclass(frozen=True)
class ProfileLines:
    """我的, as it is shown."""

    name: str
    documents: list[tuple[str, str]]
    phone: str
    level: Words
    level_note: Words


@dataclass(frozen=True)
class NoticeLine:
    """One line of the inbox."""

    id: UUID
    title: str
    at: datetime
    unread: bool
    address: str


def masked_number(number: str) -> str:
    """First three and last four characters of a document number, as its owner's page shows it."""
    if len(number) < 10:
        return number[:1] + "*" * max(len(number) - 2, 1) + number[-1:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def masked_phone(phone: str) -> str:
    """`199****0001`."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


def profile(facts: Profile) -> ProfileLines:
    """The person's page, numbers masked."""
    level, note = LEVELS[facts.level]
    phone = opened(facts.account, "phone")
    return ProfileLines(
        name=facts.resident.name,
        documents=[(str(item.get_kind_display()), _document(opened(item, "value"))) for item in facts.identifiers],
        phone=masked_phone(phone) if phone else "",
        level=level,
        level_note=note,
    )


def _document(number: str | None) -> str:
    """The masked number; a sentence where the county has lost the key to it (docs/keys.md)."""
    return masked_number(number) if number else str(_("暂时读不出，请咨询服务窗口"))


def notice(line: Notice) -> NoticeLine:
    """A line of the inbox, and where it leads."""
    return NoticeLine(
        id=line.pk,
        title=str(line.get_kind_display()),
        at=line.created_at,
        unread=line.read_at is None,
        address=_address(PLACES.get(Notice.Kind(line.kind), "")),
    )


def action_words(action: str) -> Words:
    """A deed of the access log in plain words; one without words of its own is named by its room."""
    return ACTIONS.get(action) or ROOMS.get(action.partition(".")[0]) or _("使用了信息")


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("residents:notices")
