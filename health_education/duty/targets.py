"""What a unit must do in a year (国家基本公共卫生服务规范第三版; field facts, section G). Each a dated setting."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Facility
from foundation.dated import register, setting

PRINTED = register("duty.printed_kinds", 12, "健康教育：每年印刷资料种数")
AUDIO_VIDEO = register("duty.audio_video_kinds", 6, "健康教育：乡镇卫生院每年音像资料种数")
AUDIO_VIDEO_VILLAGE = register("duty.audio_video_kinds_village", 0, "健康教育：村卫生室每年音像资料种数（0为不要求）")
BOARDS = register("duty.boards", 2, "健康教育：乡镇卫生院宣传栏块数")
BOARDS_VILLAGE = register("duty.boards_village", 1, "健康教育：村卫生室宣传栏块数")
BOARD_MONTHS = register("duty.board_months", 2, "健康教育：宣传栏至少几个月更换一次")
CONSULTATIONS = register("duty.consultations", 9, "健康教育：乡镇卫生院每年公众健康咨询次数")
CONSULTATIONS_VILLAGE = register("duty.consultations_village", 0, "健康教育：村卫生室每年公众健康咨询次数（0为不要求）")
LECTURES = register("duty.lectures", 12, "健康教育：乡镇卫生院每年讲座次数（12 即每月一次）")
LECTURES_VILLAGE = register("duty.lectures_village", 6, "健康教育：村卫生室每年讲座次数（6 即每两个月一次）")

UNITS = (Facility.Level.TOWNSHIP, Facility.Level.VILLAGE)


@dataclass(frozen=True)
class Targets:
    """The numbers for one unit and year; 0 means that nothing is asked for."""

    printed: int
    audio_video: int
    boards: int
    board_months: int
    consultations: int
    lectures: int


def targets_of(level: str, year: int, now: datetime) -> Targets:
    """What holds for a unit of this level: the values in force now, or at the end of a year that is over."""
    end = timezone.make_aware(datetime(year + 1, 1, 1))
    at = min(now, end)
    village = level == Facility.Level.VILLAGE
    return Targets(
        printed=setting(PRINTED, at),
        audio_video=setting(AUDIO_VIDEO_VILLAGE if village else AUDIO_VIDEO, at),
        boards=setting(BOARDS_VILLAGE if village else BOARDS, at),
        board_months=setting(BOARD_MONTHS, at),
        consultations=setting(CONSULTATIONS_VILLAGE if village else CONSULTATIONS, at),
        lectures=setting(LECTURES_VILLAGE if village else LECTURES, at),
    )


@dataclass(frozen=True)
class Period:
    """Some months of a year in which something is due once."""

    first: date
    last: date

    @property
    def words(self) -> str:
        """Its months: "3月" or "3–4月"."""
        if self.first.month == self.last.month:
            return _("%(month)d月") % {"month": self.first.month}
        return _("%(first)d–%(last)d月") % {"first": self.first.month, "last": self.last.month}

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last


def periods(year: int, months: int) -> list[Period]:
    """The year in stretches of so many months; none where twelve cannot be divided so."""
    if months < 1 or 12 % months:
        return []
    starts = [date(year, month, 1) for month in range(1, 13, months)]
    ends = [*starts[1:], date(year + 1, 1, 1)]
    return [Period(start, date.fromordinal(end.toordinal() - 1)) for start, end in zip(starts, ends, strict=True)]
