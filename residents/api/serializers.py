"""Who is signed in, and the inbox, as the interface says it."""

from rest_framework import serializers

from foundation.api.paging import page_of


class PaperSerializer(serializers.Serializer):
    """A document of the person."""

    kind = serializers.CharField(help_text="证件类型")
    number = serializers.CharField(help_text="证件号码，中间用星号遮住")


class ActingSerializer(serializers.Serializer):
    """For whom the session acts, where that is somebody else."""

    capacity = serializers.CharField(help_text="身份：guardian 监护人、delegate 代办人，或工作人员打开的种类")
    closes_at = serializers.DateTimeField(allow_null=True, help_text="到什么时候为止")


class MeSerializer(serializers.Serializer):
    """The person the session's answers are about, and the account behind it."""

    name = serializers.CharField(help_text="正在办理的人的姓名")
    whom = serializers.CharField(help_text="正在为谁办理：self 或居民的编号；改动类请求可放进请求头 Portal-Whom")
    documents = PaperSerializer(many=True, help_text="证件")
    phone = serializers.CharField(allow_blank=True, help_text="登录手机号，中间用星号遮住；为别人办理时为空")
    level = serializers.CharField(help_text="账号的核验等级")
    level_note = serializers.CharField(help_text="这个等级能办什么")
    account_name = serializers.CharField(help_text="登录的人的姓名")
    acting = ActingSerializer(allow_null=True, help_text="为别人办理时才有")
    may = serializers.ListField(
        child=serializers.CharField(),
        help_text="现在能打开什么：records results booking notices",
    )


class TokenSerializer(serializers.Serializer):
    """The token against forged requests."""

    csrf_token = serializers.CharField(help_text="放进改动类请求的请求头 X-CSRFToken")


class NoticeSerializer(serializers.Serializer):
    """One line of the inbox; never what the thing says that it speaks of."""

    id = serializers.UUIDField(help_text="编号")
    title = serializers.CharField(help_text="什么事")
    at = serializers.DateTimeField(help_text="什么时候")
    unread = serializers.BooleanField(help_text="还没有看过")
    address = serializers.CharField(help_text="网页上对应的地址")


class ReadSerializer(serializers.Serializer):
    """How many lines were marked as read."""

    marked = serializers.IntegerField(help_text="这次标为已读的条数")


NoticesSerializer = page_of(NoticeSerializer, "Notices")
