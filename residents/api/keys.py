"""The key by which a deed that was sent twice is recognised and done once."""

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

NAME = "Idempotency-Key"
KEY = OpenApiParameter(
    NAME,
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="程序为这一次办理现做的随机 UUID。网络断了就带着同一个再发：只办一次，得到同样的结果。",
)


def key_of(request: Request) -> UUID:
    """The key in the header; raises ValidationError without one."""
    try:
        return UUID(request.headers.get(NAME, ""))
    except ValueError:
        raise ValidationError({NAME: _("请在请求头里放一个随机的 UUID，每次办理换一个。")}) from None
