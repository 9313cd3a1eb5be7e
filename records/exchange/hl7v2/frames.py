"""MLLP frames: <VT> message <FS> <CR>, read with limits of size and time. No character set puts FS into a letter."""

import asyncio
from dataclasses import dataclass

START, END, CR = b"\x0b", b"\x1c", b"\r"
# A sender who broke off and began anew: what came before was never answered, and is sent again.
_AGAIN = START + b"MSH"
HEAD = 4096
PIECE = 65536


@dataclass(frozen=True)
class Bounds:
    """What one connection may cost, and how many there may be, in all and from one address."""

    frame_bytes: int
    frame_seconds: float
    idle_seconds: float
    connections: int
    per_sender: int = 10


class TooLarge(Exception):
    """A frame longer than allowed; `head` is its beginning, for an answer that names the message."""

    def __init__(self, head: bytes) -> None:
        super().__init__("frame too large")
        self.head = head


class BrokenOff(Exception):
    """A frame whose end did not come: in time, or before the connection ended. Nobody was promised anything."""


class Frames:
    """The messages on one connection. Never more than one frame is held in memory, and never more than its limit.

    `bounds` may be changed between two messages.
    """

    def __init__(self, reader: asyncio.StreamReader, bounds: Bounds) -> None:
        self._reader, self.bounds = reader, bounds
        self._ahead = bytearray()

    async def next(self) -> bytes | None:
        """The next message; None when the sender has ended the connection, or has been silent for too long.

        What stands between frames is passed over. Raises TooLarge and BrokenOff.
        """
        try:
            async with asyncio.timeout(self.bounds.idle_seconds):
                if not await self._begun():
                    return None
        except (TimeoutError, OSError):
            return None
        try:
            async with asyncio.timeout(self.bounds.frame_seconds):
                return await self._rest()
        except (TimeoutError, OSError):
            raise BrokenOff from None

    async def _begun(self) -> bool:
        while (found := self._ahead.find(START)) < 0:
            self._ahead.clear()
            if not await self._more():
                return False
        del self._ahead[: found + 1]
        return True

    async def _rest(self) -> bytes:
        looked = 0
        while (found := self._ahead.find(END, looked)) < 0:
            looked = len(self._ahead)
            self._check(looked)
            if not await self._more():
                raise BrokenOff
        self._check(found)
        message = bytes(self._ahead[:found])
        del self._ahead[: found + 1]
        return message[message.rfind(_AGAIN) + 1 :]

    def _check(self, length: int) -> None:
        if length > self.bounds.frame_bytes:
            raise TooLarge(bytes(self._ahead[:HEAD]))

    async def _more(self) -> bool:
        piece = await self._reader.read(PIECE)
        self._ahead += piece
        return bool(piece)


def framed(message: bytes) -> bytes:
    """A message in its frame."""
    return START + message + END + CR
