"""Places, times and bookings as the interface says them."""

from rest_framework import serializers

from foundation.api.paging import PageQuery, page_of


class FacilitySerializer(serializers.Serializer):
    """A facility with a department that takes bookings."""

    id = serializers.UUIDField(help_text="机构的编号")
    name = serializers.CharField(help_text="名称")
    level = serializers.CharField(help_text="级别：county 县级、township 乡镇、village 村等")
    address = serializers.CharField(allow_blank=True, help_text="地址")
    phone = serializers.CharField(allow_blank=True, help_text="电话")


class PlaceSerializer(serializers.Serializer):
    """A department or a doctor."""

    id = serializers.UUIDField(help_text="编号")
    name = serializers.CharField(help_text="名称；医生含职称")
    introduction = serializers.CharField(allow_blank=True, help_text="介绍或专长")
    first_free_day = serializers.DateField(allow_null=True, help_text="最近哪一天有号；近期无号为空")


class HalfSerializer(serializers.Serializer):
    """A half-day of a doctor."""

    id = serializers.UUIDField(help_text="出诊时段的编号，用来取各个时间")
    date = serializers.DateField(help_text="哪一天")
    period = serializers.CharField(help_text="morning 上午、afternoon 下午、evening 晚上")
    kind = serializers.CharField(help_text="号别的名称")
    department = serializers.CharField(help_text="科室")
    location = serializers.CharField(allow_blank=True, help_text="就诊地点")
    fee = serializers.CharField(help_text="挂号费，一句话")
    free = serializers.IntegerField(help_text="还有几个号")
    is_open = serializers.BooleanField(help_text="现在可以约")
    is_stopped = serializers.BooleanField(help_text="停诊")
    opens_at = serializers.DateTimeField(allow_null=True, help_text="还没放号时，什么时候放")


class HalvesSerializer(serializers.Serializer):
    """A doctor's calendar."""

    results = HalfSerializer(many=True, help_text="从今天到预约周期之后一周的出诊时段")


class SlotSerializer(serializers.Serializer):
    """A time of a half-day."""

    id = serializers.UUIDField(help_text="号源的编号，预约时用")
    starts_at = serializers.DateTimeField(help_text="开始时间")
    ends_at = serializers.DateTimeField(help_text="结束时间")
    free = serializers.IntegerField(source="open_places", help_text="还有几个号")


class SlotsSerializer(serializers.Serializer):
    """The times of a half-day that have not begun."""

    is_open = serializers.BooleanField(help_text="现在可以约；停诊或没有放号时不可以，也不列出时间")
    opens_at = serializers.DateTimeField(allow_null=True, help_text="还没放号时，什么时候放")
    results = SlotSerializer(many=True, help_text="各个时间，约满的也在内")


class BookingSerializer(serializers.Serializer):
    """A booking of the person's."""

    id = serializers.UUIDField(help_text="预约的编号")
    name = serializers.CharField(help_text="就诊人")
    status = serializers.CharField(help_text="booked checked_in completed cancelled no_show，名称见 status_words")
    status_words = serializers.CharField(help_text="状态的名称")
    facility = serializers.CharField(help_text="机构")
    department = serializers.CharField(help_text="科室")
    practitioner = serializers.CharField(help_text="医生")
    location = serializers.CharField(allow_blank=True, help_text="就诊地点")
    starts_at = serializers.DateTimeField(help_text="开始时间")
    ends_at = serializers.DateTimeField(help_text="结束时间")
    number = serializers.IntegerField(help_text="候诊序号")
    fee = serializers.CharField(help_text="挂号费，一句话")
    cancel_until = serializers.DateTimeField(help_text="到什么时候为止可以自己取消")
    can_cancel = serializers.BooleanField(help_text="现在可以自己取消")


class BookSerializer(serializers.Serializer):
    """Which time to book."""

    slot = serializers.UUIDField(help_text="号源的编号")


class DepartmentsQuery(PageQuery):
    """Whose departments."""

    facility = serializers.UUIDField(help_text="哪家机构")


class PractitionersQuery(PageQuery):
    """Whose doctors."""

    department = serializers.UUIDField(help_text="哪个科室")


BookingsSerializer = page_of(
    BookingSerializer,
    "Bookings",
    ahead=BookingSerializer(many=True, help_text="还没有就诊的；results 是其余的"),
)
FacilitiesSerializer = page_of(FacilitySerializer, "Facilities")
PlacesSerializer = page_of(PlaceSerializer, "Places")
