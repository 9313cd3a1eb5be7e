"""What to do when something went wrong with an account: in plain words, and each with a procedure in docs/counter.md.

Who may have copies of a dead person's medical records: 医疗机构病历管理规定（2013年版）第十七、十八条.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = tuple[Promise, ...]


ID_CARD = _("本人身份证原件（或港澳台居民居住证、外国人永久居留身份证）")
NEW_PHONE = _("新手机（用来收验证码；没有手机也能办）")


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One trouble. `at_home` are steps on line, where there are any; `at_counter` steps at a window."""

    slug: str
    title: Promise
    note: Promise
    at_home: Words = ()
    at_counter: Words
    bring: Words = (ID_CARD, NEW_PHONE)
    duration: Promise
    after: Promise
    at_once: bool = False  # whether to ring a window before anything else


LOST_PHONE = Topic(
    slug="lost-phone",
    title=_("手机丢了"),
    note=_("别让捡到手机的人用您的账号"),
    at_home=(
        _("在别的手机或电脑上，用证件号码和密码登录。"),
        _("打开“我的”里的“登录的设备”，让丢失的手机退出。"),
        _("打开“我的”里的“更改手机号”，换成新号码。"),
    ),
    at_counter=(
        _("记不得密码，就带身份证到就近的窗口，说“手机丢了，要重新开通”。"),
        _("工作人员核对证件后，旧手机、旧密码当场失效，给您一张印着激活码的纸条。"),
        _("用纸条上的激活码设新密码，就能登录了。"),
    ),
    duration=_("窗口大约5分钟，当场办好"),
    after=_("预约、档案和检查结果都还在，不会因为换手机丢失。手机卡也请尽快到营业厅挂失。"),
    at_once=True,
)
LOST_PASSWORD = Topic(
    slug="lost-password",
    title=_("忘了密码"),
    note=_("用短信验证码登录，再设一个新密码"),
    at_home=(
        _("在登录页点“用短信验证码登录”，输入证件号码，收到验证码后填上。"),
        _("登录后打开“我的”里的“修改密码”。"),
    ),
    at_counter=(
        _("收不到验证码，或者系统还要问密码，就带身份证到就近的窗口，说“忘了密码，要重新开通”。"),
        _("工作人员核对证件后，给您一张印着激活码的纸条，旧密码同时失效。"),
    ),
    duration=_("网上2分钟；窗口大约5分钟，当场办好"),
    after=_("新密码不要用生日、手机号，也不要告诉别人，包括工作人员。"),
)
NEW_NUMBER = Topic(
    slug="new-number",
    title=_("换了手机号"),
    note=_("旧号码可能已经归别人使用，请尽快更改"),
    at_home=(
        _("用证件号码和密码登录。"),
        _("打开“我的”里的“更改手机号”，填新号码，输入新手机收到的验证码。"),
    ),
    at_counter=(
        _("记不得密码，就带身份证到就近的窗口，说“换了手机号”。"),
        _("工作人员核对证件后给您激活码，开通时填新的手机号。"),
    ),
    duration=_("网上2分钟；窗口大约5分钟，当场办好"),
    after=_("旧号码会收到一条提醒短信，以后不再用它登录。"),
)
NEW_NAME = Topic(
    slug="new-name",
    title=_("改了名字"),
    note=_("名字和身份证不一样时，就诊和看结果会对不上"),
    at_counter=(
        _("带新的身份证到就近的窗口，说“改了名字”。"),
        _("工作人员读取新证件，更改姓名，再给您一张激活码纸条，重新设一次密码。"),
    ),
    bring=(ID_CARD, _("户口簿上的变更登记页（证件号码也变了时需要）")),
    duration=_("大约10分钟，当场办好"),
    after=_("以前的档案和检查结果都还在。原来印着旧名字的报告，到出报告的机构询问能否重新打印。"),
)
MOVED = Topic(
    slug="moved",
    title=_("搬到了别的县"),
    note=_("账号和以前的结果都还能看"),
    at_home=(
        _("账号不用动，以前在本县的档案、检查结果照样可以看、可以打印。"),
        _("不想再用了，可以在“我的”里先导出自己的数据，再注销账号。"),
    ),
    at_counter=(
        _("档案要转到新住处，请到新住处的乡镇卫生院或社区卫生服务中心说“转居民健康档案”，由他们联系本县。"),
        _("村医签约要在搬走前到原来的卫生院办理解约。"),
    ),
    bring=(ID_CARD, _("新住处的户口簿或居住证（转档案时需要）")),
    duration=_("转档案一般要5到10个工作日，由两边的卫生院办理"),
    after=_("搬回来时，原来的账号还可以继续用。"),
)
DEATH = Topic(
    slug="death",
    title=_("家人去世了"),
    note=_("停用账号；继承人怎样取得病历复印件"),
    at_counter=(
        _("近亲属带死亡证明，到就近的窗口说“登记去世”。工作人员登记，由负责人当天复核。"),
        _("复核后，账号和所有代办授权马上停用，短信也不再发送。"),
        _(
            "需要病历复印件的，法定继承人或其代理人到看病的医院病案室申请。"
            "按《医疗机构病历管理规定》，要看继承人的身份证、死亡证明和与死者关系的证明。"
        ),
    ),
    bring=(
        _("死亡证明（医院、村委会开具的，或户口注销证明）"),
        _("死者的身份证（或户口簿）"),
        _("来办理的人自己的身份证，和死者关系的证明（户口簿、结婚证、出生证等）"),
    ),
    duration=_("登记大约10分钟；停用在当天复核后生效；病历复印由医院病案室办理，一般当天或次日"),
    after=_("请节哀。档案按规定继续保存，不会删除，也不会给别人看。"),
)
NUMBER_USED = Topic(
    slug="number-used",
    title=_("别人用了我的证件号码"),
    note=_("收到“有人用您的证件号码申请注册”，或注册后登录不了"),
    at_home=(
        _("只收到提醒短信，不用做什么：您的账号没有受影响，对方看不到您的任何信息。"),
        _("能登录的，看看“谁看过我的档案”和“登录的设备”，有不认识的可以当场提出来。"),
    ),
    at_counter=(
        _("带身份证到就近的窗口，说“有人占用了我的号码”。"),
        _("工作人员读取身份证后接管号码：冒用的账号马上停用，用它约的号由您决定留下还是取消，爽约不算在您头上。"),
        _("同时给您激活码，开通您自己的账号。"),
    ),
    duration=_("大约10分钟，当场办好"),
    after=_("网上登记的人只能用自己的名义预约，看不到您的档案和检查结果。"),
    at_once=True,
)

TOPICS = {topic.slug: topic for topic in (LOST_PHONE, LOST_PASSWORD, NEW_NUMBER, NEW_NAME, MOVED, DEATH, NUMBER_USED)}
