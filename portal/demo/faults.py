"""How a sandbox facility can misbehave on purpose, for tests of the exchange."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Faults:
    """Switches for one server; the default misbehaves in nothing.

    ``status`` answers with that HTTP status; ``delay`` waits so many seconds first; ``html`` answers 200 with a web
    page; ``truncated`` cuts the JSON in half; ``dropped`` breaks the connection in the middle of the body;
    ``endless_next`` always offers one more page, each under an address of its own; ``duplicate_pages`` serves every
    page twice; ``foreign_next`` puts that address (``http://host:port``) in place of the server's own into next links.
    ``kinds`` limits all this to some resource types (empty means all), ``times`` to the first so many answers.
    """

    status: int | None = None
    delay: float = 0.0
    html: bool = False
    truncated: bool = False
    dropped: bool = False
    endless_next: bool = False
    duplicate_pages: bool = False
    foreign_next: str | None = None
    kinds: frozenset[str] = frozenset()
    times: int | None = None

    def concern(self, kind: str, answered: int) -> bool:
        """Whether an answer about this resource type, after so many faulty ones, is to be faulty too."""
        return (not self.kinds or kind in self.kinds) and (self.times is None or answered < self.times)


NO_FAULTS = Faults()
