"""The texts that may leave the portal, and how each kind of them is treated.

Each text is fixed and approved beforehand with the provider (domain facts, section E3): no link, no phone number, no
name of a person and never anything about health. With the signature it fits one SMS of 70 characters.
"""

from collections.abc import Mapping

from django.conf import settings

from residents.models import Delivery

T = Delivery.Template

TEXTS: dict[str, str] = {
    T.SIGN_IN_CODE: "登录验证码{code}，5分钟内有效，请勿告诉他人。",
    T.REGISTRATION_CODE: "注册验证码{code}，5分钟内有效，请勿告诉他人。",
    T.PHONE_CODE: "更换手机号验证码{code}，5分钟内有效，请勿告诉他人。",
    T.PROOF_CODE: "本人确认验证码{code}，5分钟内有效，请勿告诉他人。",
    T.HELPER_CODE: "您的帮办码是{code}，用一次就作废，只说给当面帮您的工作人员。",
    T.REPORT_READY: "您的检查检验报告已出，请登录门户查看。",
    T.BOOKED: "您的预约已登记，请登录门户查看时间和地点。",
    T.BOOKING_CANCELLED: "您的一个预约已取消，请登录门户查看。",
    T.CASE_ANSWERED: "您提出的问题已有答复，请登录门户查看。",
    T.FIRST_ACCESS: "有一家机构首次查看了您的信息，请登录门户看访问记录。",
    T.EMERGENCY_ACCESS: "有工作人员紧急查看了您的信息，请登录门户看访问记录。",
    T.DELEGATION_INVITED: "有人请您在门户上帮忙代办，请登录门户查看并答复。",
    T.DELEGATION_STARTED: "您的一项代办授权已生效，非本人意愿请登录门户撤销。",
    T.DELEGATION_ENDED: "您的一项代办授权已结束，请登录门户查看。",
    T.GUARDIANSHIP_REFUSED: "您的监护人申请没有通过，请登录门户查看原因。",
    T.HAND_OVER: "因年龄变化，您在门户的代办权限有调整，请登录查看。",
    T.ASSISTED_ACT: "工作人员按您的要求代办了一件事，非本人意愿请到卫生院窗口询问。",
    T.NEW_DEVICE: "您的账号在一台新设备上登录，非本人操作请尽快修改密码。",
    T.PHONE_CHANGED: "您账号的手机号已更改，非本人操作请到卫生院窗口处理。",
    T.PASSWORD_CHANGED: "您账号的密码已修改，非本人操作请到卫生院窗口处理。",
    T.ACCOUNT_OPENED: "您的门户账号已开通，非本人办理请到卫生院窗口核实。",
    T.REGISTRATION_ATTEMPT: "有人用您的证件号码申请注册，非本人操作无需理会，账号未受影响。",
    T.ACTIVATION_PRINTED: "有人在窗口为您打印了激活码，如果不是您本人，请马上到卫生院窗口核实。",
    T.DEATH_REPORTED: "本县登记了您的去世信息，如有误请马上带证件到卫生院窗口更正。",
    T.RESULT_CHECKED: "您的一份报告正在核查，暂不显示，核查好会再通知您。",
    T.RESULT_SHOWN_AGAIN: "您的一份报告已核查完毕，恢复显示，请登录门户查看。",
    T.RESULT_TAKEN_BACK: "一份不属于您的报告曾显示在您的名下，已收回，请登录门户查看。",
    T.RESULT_RETURNED: "一份属于您的报告曾误记在他人名下，已归还给您，请登录门户查看。",
    T.SEEN_TAKEN_BACK: "您代办时看过的一份报告不属于您的家人，已收回，请登录门户查看。",
    T.ACTIVITY_TOMORROW: "您报名的活动明天举行，请登录门户查看时间和地点。",
    T.ACTIVITY_CHANGED: "您报名的活动改了时间或地点，请登录门户查看。",
    T.ACTIVITY_CANCELLED: "您报名的一个活动已取消，请登录门户查看。",
    T.FEEDBACK_ANSWERED: "您对一篇文章的反馈已有答复，请登录门户查看。",
    T.DISPUTE_ANSWERED: "您提出的异议已有答复，请登录门户查看。",
    T.RESULT_UNREAD: "您有一份报告还没有看，请登录门户查看，或到检查机构询问。",
    T.RECORD_READY: "您要的档案已经做好，请登录门户下载。",
    T.SERVICE_ASKED: "{place}记录了{day}为您提供的一次服务。属实回复1，没有回复2，不再询问回复T。",
    T.PROGRAM_CONNECTED: "一个应用得到您账号的同意，可以读取您的信息，非本人同意请马上登录门户停止。",
    T.CLINIC_STOPPED: "您约的一次门诊停诊了，不算您没来。请登录门户改约，或到窗口、打电话改约。",
    T.PLACE_OFFERED: "您排队等的号有了，只为您留一会儿。要请回复1，不要回复2，或登录门户确认。",
    T.PLACE_BACK: "您排队等号的科室有号了，先约先得，请登录门户查看。",
    T.STRIKE_WARNED: "您有一次约了号没有来，已经记下。下次来不了请先取消。记错了请回复“申诉”，或到窗口说明。",
    T.WEB_SUSPENDED: "因为几次约了号没有来，网上预约暂停了，窗口和电话照常能约。不同意请回复“申诉”，或到窗口申诉。",
    T.STRIKE_EXCUSED: "您约了没来的一次记录已经撤销，不再算数，请登录门户查看。",
    T.APPEAL_ANSWERED: "您对“约了没来”记录的申诉已有答复，请登录门户查看。",
    T.DRAW_LOST: "您登记的抽签没有抽中，请登录门户看看别的时间，或排队等号。",
    T.VISIT_REMINDER: "{when}在{place}有预约。来请回1，取消回2，改期回3，要电话回0，停提醒T。",
    T.VISIT_REMINDER_CODE: "{when}在{place}有预约。回{code}再接数字：1来2取消3改期0回电，T停提醒。",
    T.REPLY_KEPT: "已记下您{when}会来，请带身份证件。有变化请再回复2取消或0回电。",
    T.REPLY_TOO_LATE: "已过可以取消的时间，短信不能取消。请打机构电话，或回复0等我们打给您。",
    T.REPLY_MOVE: "改期请登录门户、到窗口，或回复0等我们打给您。改好以前原来的号还在。",
    T.REPLY_CALL: "已记下，工作人员会在{when}以前给这个号码打电话。",
    T.REPLY_GONE: "这个号没有约上，请登录门户或到窗口查看。",
    T.REPLY_APPEALED: "已收到您的申诉，会在{when}以前答复，到时没有答复就不算您没来。",
    T.REPLY_WHICH: "几件事等答复：{first}、{second}。请回编号再接数字，如{code}1。",
    T.REPLY_MENU: "没看懂您的回复。请只回一个：1来，2取消，3改期，0请我们打电话，T不再提醒。",
    T.REPLY_STOPPED: "不再发这种提醒。预约取消和停诊仍会告诉您。",
    T.FAMILY_NOTICE: "您代办的家人有一条新消息，请登录门户查看。",
    T.CRITICAL_WAITS: "有危急值超过规定时间还没有人联系居民，请马上到工作台“危急值”处理。",
    T.BUDGET_REACHED: "今天的短信额度已用完，其余一般提醒推迟到明天，请到工作台“短信与消息”查看。",
}

CODES = frozenset({T.SIGN_IN_CODE, T.REGISTRATION_CODE, T.PHONE_CODE, T.PROOF_CODE, T.HELPER_CODE})
# Sent by night too, and paid from a pot of their own.
URGENT = CODES | {
    T.EMERGENCY_ACCESS,
    T.ACTIVATION_PRINTED,
    T.DEATH_REPORTED,
    T.CRITICAL_WAITS,
    T.CLINIC_STOPPED,  # who comes from far leaves home before the quiet hours end
}
# What says that an account may be in other hands: nothing that strangers make arrive holds it back.
SAFETY = frozenset(
    {
        T.EMERGENCY_ACCESS,
        T.NEW_DEVICE,
        T.PHONE_CHANGED,
        T.PASSWORD_CHANGED,
        T.ACCOUNT_OPENED,
        T.ACTIVATION_PRINTED,
        T.DEATH_REPORTED,
        T.PROGRAM_CONNECTED,
    }
)
# What a person agrees to, and chooses one by one; everything else keeps the account and the record safe.
CHOSEN = (
    T.BOOKED,
    T.BOOKING_CANCELLED,
    T.REPORT_READY,
    T.CASE_ANSWERED,
    T.ACTIVITY_TOMORROW,
    T.ACTIVITY_CHANGED,
    T.ACTIVITY_CANCELLED,
    T.FEEDBACK_ANSWERED,
    T.DISPUTE_ANSWERED,
    T.RESULT_UNREAD,
    T.RECORD_READY,
    T.SERVICE_ASKED,
    T.PLACE_OFFERED,
    T.PLACE_BACK,
    T.DRAW_LOST,
    T.VISIT_REMINDER,
    T.FAMILY_NOTICE,
)
# One text with a number to answer to, one without; what a person chose about the one holds for the other.
CHOSEN_AS: dict[str, str] = {T.VISIT_REMINDER_CODE: T.VISIT_REMINDER}
REMINDERS = frozenset({T.VISIT_REMINDER, T.VISIT_REMINDER_CODE})
# What is said to somebody who has just written is said at once, by night too.
ANSWERS = frozenset(template for template in T if template.startswith("reply_"))

# How many characters of a facility's name leave room for the rest in one SMS; who has a longer one is "一家机构".
LONGEST_PLACE = 14


def text_of(template: str, parameters: Mapping[str, str]) -> str:
    """The words that arrive on the phone, signature in front."""
    return f"【{settings.COUNTY_NAME}卫生健康】" + TEXTS[template].format(**parameters)
