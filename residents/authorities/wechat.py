"""Sign-in inside WeChat for followers of the county's official account: silent, an openid and nothing else.

Domain facts, section E2: `snsapi_base` gives the openid only; the code is for one use and dies after five minutes.
An openid is a chat account, not a person: it is bound by somebody already verified, and opens no health data alone.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from foundation.dated import setting
from residents.authorities.asking import Ask, Outgoing, Patience, Question, origin_of
from residents.authorities.flows import SECONDS
from residents.authorities.port import Cancelled, Failed, Flow, Proof, Unreachable

KEY = "wechat"
PAGES = "https://open.weixin.qq.com"
SERVERS = "https://api.weixin.qq.com"
# 40029 the code does not exist or expired, 40163 it was used, 42003 it timed out.
CODE_IS_NO_GOOD = {40029, 40163, 42003}
LONGEST_OPENID = 128


class WeChat:
    """The adapter; the addresses differ only where WeChat itself is played."""

    key = KEY
    name = _("微信")
    knows_people = False
    proves_again = False

    def __init__(self, app_id: str, secret: str, ask: Ask, pages: str = PAGES, servers: str = SERVERS) -> None:
        self.app_id, self._secret, self._ask = app_id, secret, ask
        self._pages, self._servers = pages, servers

    def begin(self, flow: Flow, back: str, now: datetime) -> str:
        """WeChat's own page; the order of the parameters and the fragment are WeChat's."""
        parameters = {
            "appid": self.app_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": flow.state,
        }
        return f"{self._pages}/connect/oauth2/authorize?{urlencode(parameters)}#wechat_redirect"

    def finish(self, answer: Mapping[str, str], flow: Flow, back: str, now: datetime) -> Proof:
        """Code to openid; the access token that comes along is not kept."""
        if answer.get("code", "") in {"", "authdeny"}:
            raise Cancelled("declined")
        parameters = {
            "appid": self.app_id,
            "secret": self._secret,
            "code": answer["code"],
            "grant_type": "authorization_code",
        }
        address = f"{self._servers}/sns/oauth2/access_token?{urlencode(parameters)}"
        found = self._ask(Question(address), Patience(setting(SECONDS, now)).left())
        if found.status != 200:
            raise Unreachable("WeChat is out of order")
        facts = found.facts()
        if error := facts.get("errcode"):
            raise (
                Failed(f"the code was not accepted ({error})")
                if error in CODE_IS_NO_GOOD
                else Unreachable(f"WeChat says {error}")
            )
        openid = facts.get("openid")
        if not isinstance(openid, str) or not 0 < len(openid) <= LONGEST_OPENID:
            raise Unreachable("no openid")
        return Proof(authority=self.key, issuer=self.app_id, subject=openid)


def from_settings() -> WeChat:
    """The official account of WECHAT_APP_ID and WECHAT_APP_SECRET."""
    return WeChat(settings.WECHAT_APP_ID, settings.WECHAT_APP_SECRET, Outgoing(frozenset({origin_of(SERVERS)})))
