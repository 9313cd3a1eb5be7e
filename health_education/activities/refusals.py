"""Why somebody was not signed up, or staff could not do something. A refusal writes nothing; it carries its words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A normal answer, not a fault: the deed would break a rule."""

    words: str | Promise = ""

    def __str__(self) -> str:
        return str(self.words)


class Full(Refusal):
    words = _("名额已满。如果有人取消，这里会重新出现名额。")


class NotOpen(Refusal):
    words = _("现在不能报名：还没开始、已经截止，或者活动取消了。")


class AlreadyIn(Refusal):
    words = _("已经报过名了，不用再报。")


class FormUsed(Refusal):
    words = _("这张表单已经用过。要再报名，请回到活动页面重新点“报名”。")


class TooOften(Refusal):
    words = _("这个活动您报了又取消太多次，网上不能再报。还想来的，请打电话给主办机构。")


class IdentityNeeded(Refusal):
    words = _("请先登录并核验身份，再报名。")


class Busy(Refusal):
    words = _("现在报名的人很多，没有报上，请等几秒再试一次。")


class TooLate(Refusal):
    words = _("活动已经开始，不能再取消报名。")


class NotNow(Refusal):
    """A deed of staff that does not fit the activity's state."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words
