"""互认凭证 by program: look at one's own, make one, end one. And whether a printed copy is genuine."""

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.api.paging import PageQuery, page_of, paged
from foundation.api.problems import Refused
from foundation.api.views import ApiView
from foundation.dated import setting
from records import codes, issued, limits
from records.api.base import OPEN, RecordView
from records.api.serializers import moment, text
from records.models import ShareLink
from records.sharing import shares
from residents.api.keys import KEY, key_of

LONGEST_CODE, RETRY_SECONDS = 60, 1


class OpeningSerializer(serializers.Serializer):
    """Somebody opened a share."""

    reader = text("在哪家医院打开，对方填的")
    opened_at = serializers.DateTimeField(help_text="什么时候")


class ShareSerializer(serializers.Serializer):
    """A share of one's own; never what opens it."""

    id = serializers.UUIDField(help_text="编号，用来撤销")
    state = text("live 有效、expired 已到期、revoked 已撤销、closed PIN 输错太多已关闭")
    reports = serializers.ListField(child=serializers.CharField(), help_text="里面有哪些报告")
    created_at = serializers.DateTimeField(help_text="生成时间")
    expires_at = serializers.DateTimeField(help_text="有效期至")
    uses = serializers.IntegerField(help_text="用过几次")
    openings = OpeningSerializer(many=True, help_text="最近几次是谁打开的")


class NewShareSerializer(serializers.Serializer):
    """Which reports, and for how long."""

    reports = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=100, help_text="报告的编号，县里定有上限"
    )
    hours = serializers.IntegerField(min_value=1, max_value=744, help_text="有效几小时，取县里提供的几种之一")


class MadeShareSerializer(serializers.Serializer):
    """A share just made, with what opens it."""

    id = serializers.UUIDField(help_text="编号，用来撤销")
    code = text("凭证号，12 位数字，医生在网页上输入")
    pin = text("PIN 码，6 位数字，只告诉接诊的医生")
    address = text("医生输入凭证号的网页")
    link = text("二维码的内容；扫了还要输 PIN")
    expires_at = serializers.DateTimeField(help_text="有效期至")


SharesSerializer = page_of(ShareSerializer, "Shares")


class ByThePerson(RecordView):
    """Only oneself or a delegate hands results to others, as on the pages."""

    categories: ClassVar = ("results",)
    refusals: ClassVar = {"get": (*OPEN, "staff"), "post": (*OPEN, "staff", "busy")}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Staff who help print the report instead."""
        super().initial(request, *args, **kwargs)
        if not shares.may_share(self.viewer):
            raise Refused("staff")


class SharesView(ByThePerson):
    """One's own shares, and a new one."""

    @extend_schema(
        operation_id="shares_list",
        tags=["互认凭证"],
        summary="我的互认凭证",
        description="生成过的凭证：里面有什么、有效到什么时候、谁打开过。打开它的凭证号和 PIN 只在生成时给一次。",
        parameters=[PageQuery],
        responses=SharesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of them, newest first."""
        now = clock.now()
        page = shares.shares_of(self.viewer, page=str(self.asked(PageQuery)["page"]), now=now)
        return Response(SharesSerializer(paged(page, [_share(one, now) for one in page])).data)

    @extend_schema(
        operation_id="shares_make",
        tags=["互认凭证"],
        summary="生成互认凭证",
        description="把选定的报告给一位医生看：凭证号加 PIN，几小时后失效，可以随时撤销。同一个 Idempotency-Key "
        "再发一次给出同一张凭证。",
        parameters=[KEY],
        request=NewShareSerializer,
        responses={201: MadeShareSerializer},
    )
    def post(self, request: Request) -> Response:
        """The number and the PIN are said this once."""
        now, form_key = clock.now(), key_of(request)
        wanted = self.sent(NewShareSerializer)
        self._refuse_beyond_the_rules(wanted, now)
        try:
            made = shares.make(
                chosen=wanted["reports"], hours=wanted["hours"], form_key=form_key, by=self.viewer, now=now
            )
        except shares.NotTheirs:
            raise serializers.ValidationError({"reports": _("有一份报告不在可以分享的报告里，请重新选。")}) from None
        except IntegrityError:  # the same key at the same moment: the other one is being made
            raise Refused("busy", wait=RETRY_SECONDS) from None
        return Response(MadeShareSerializer(_made(made)).data, 201)

    def _refuse_beyond_the_rules(self, wanted: dict[str, Any], now: Any) -> None:
        offered, most = shares.hours_offered(now), setting(shares.MOST, now)
        if wanted["hours"] not in offered:
            raise serializers.ValidationError(
                {"hours": _("可以选：%(hours)s。") % {"hours": "、".join(map(str, offered))}}
            )
        if len(wanted["reports"]) > most:
            words = ngettext("一张凭证最多放%(count)d份报告。", "一张凭证最多放%(count)d份报告。", most)
            raise serializers.ValidationError({"reports": words % {"count": most}})


class RevokeView(ByThePerson):
    """A share ends."""

    @extend_schema(
        operation_id="shares_revoke",
        tags=["互认凭证"],
        summary="撤销互认凭证",
        description="马上失效，正打开着的人也看不到了。再发一次没有影响。",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request, share_id: UUID) -> Response:
        """A stranger's and a missing one are the same 404."""
        shares.revoke(share_id=share_id, by=self.viewer, now=clock.now())
        return Response(status=204)


class CodeSerializer(serializers.Serializer):
    """What is printed under the QR code."""

    code = serializers.CharField(max_length=LONGEST_CODE, help_text="防伪码，24 位；大小写、空格和短横线都可以")

    def validate_code(self, typed: str) -> str:
        """The code that was meant."""
        code = codes.tidy(typed)
        if code is None:
            raise serializers.ValidationError(_("防伪码应为24位字母和数字，请对照报告逐位核对。"))
        return code


class CopySerializer(serializers.Serializer):
    """What anybody may know of a printed copy."""

    state = text(
        "genuine 真且有效、corrected 报告后来更正了、recalled 收回核查中、withdrawn 机构已撤回、"
        "changed 健康档案册里有报告后来更正或撤回"
    )
    facility_name = text("检查机构")
    report_number = text("报告编号")
    reported_at = moment("报告时间")
    issued_at = serializers.DateTimeField(help_text="打印件的出具时间")
    sha256 = text("电子文件的 SHA-256 指纹，十六进制")


class CheckCopyView(ApiView):
    """核验报告真伪."""

    @extend_schema(
        operation_id="copies_check",
        tags=["核验"],
        summary="核验打印件的真伪",
        description="只回答这份打印件是否由门户出具、是否仍然有效，不说姓名和结果。没有出具过：404。每个网络地址每分钟有次数限制。",
        request=CodeSerializer,
        responses=CopySerializer,
    )
    def post(self, request: Request) -> Response:
        """The code comes in the body, so that no log keeps it."""
        code = self.sent(CodeSerializer)["code"]
        if not limits.may_verify(request._request, clock.now()):
            raise Refused("too_many")
        copy = issued.by_code(code)
        if copy is None:
            raise Refused("not_found", _("没有出具过带这个防伪码的报告。"))
        return Response(CopySerializer({**vars(copy), "sha256": bytes(copy.sha256).hex()}).data)

    refusals: ClassVar = {"post": ("not_found",)}


def _share(share: ShareLink, now: Any) -> dict[str, Any]:
    return {
        **{name: getattr(share, name) for name in ("id", "created_at", "expires_at", "uses")},
        "state": shares.state_of(share, now).value,
        "reports": [one.report.title or one.report.get_category_display() for one in share.reports.all()],
        "openings": list(share.openings.all())[:5],
    }


def _made(made: shares.Made) -> dict[str, Any]:
    root = settings.PUBLIC_URL.rstrip("/")
    return {
        "id": made.share.pk,
        "code": made.secrets.code,
        "pin": made.secrets.pin,
        "address": root + reverse("records:shared"),
        "link": root + reverse("records:shared_link", args=[made.secrets.link]),
        "expires_at": made.share.expires_at,
    }
