"""Asking a provider: one POST, with a deadline for the whole answer and a limit for its size.

Per-read timeouts do not stop a server that drips bytes, so the deadline is kept by an event loop of its own
(reliability, finding 9). What goes wrong becomes `CannotSend`, in words that name neither number nor text.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal

from residents.messages_port import CannotSend

SECONDS = 10.0  # below the half minute after which an unanswered message comes up again
CONNECT_SECONDS = 3.0
MOST_BYTES = 1024 * 1024


def post(who: str, address: str, *, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Any:
    """The JSON object that `who` (its name, for messages) answers; raises CannotSend.

    Where the request may have been acted on although no answer came, the problem is marked as unsure.
    """
    try:
        with start_blocking_portal() as loop:
            status, answer = loop.call(_post, address, body, dict(headers), seconds)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise CannotSend(f"连接不上{who}，稍后自动重试。请检查服务器能否访问外网。") from None
    except (TimeoutError, httpx.TimeoutException):
        raise CannotSend(f"{who}在 {seconds:g} 秒内没有答完，稍后自动重试。", unsure=True) from None
    except (httpx.HTTPError, httpx.StreamError):
        raise CannotSend(f"{who}的应答中途断开，稍后自动重试。", unsure=True) from None
    if status >= 500:
        raise CannotSend(f"{who}出了故障（{status}），稍后自动重试。", unsure=True)
    return _read(who, status, answer)


def _read(who: str, status: int, answer: bytes) -> Any:
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CannotSend(f"{who}的应答不是约定的格式（{status}），稍后自动重试。", unsure=status < 400)
    return found


async def _post(address: str, body: bytes, headers: dict[str, str], seconds: float) -> tuple[int, bytes]:
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    async with asyncio.timeout(seconds):
        async with httpx.AsyncClient(
            timeout=timeout, trust_env=False, follow_redirects=False, verify=ssl.create_default_context()
        ) as client:
            async with client.stream("POST", address, content=body, headers=headers) as response:
                answer = bytearray()
                async for piece in response.aiter_bytes():
                    answer += piece
                    if len(answer) > MOST_BYTES:
                        raise httpx.StreamError("too long an answer")
                return response.status_code, bytes(answer)
