"""What a line of the log does not keep: the part of an address that is a secret by itself."""

import logging
import re


class SecretPaths(logging.Filter):
    """Blot out what follows `places` (a pattern) in an address: Django names the address of every refusal.

    Whoever reads the log could otherwise open a link that is still good.
    """

    def __init__(self, places: str) -> None:
        super().__init__()
        self.secret = re.compile(rf"({places})[^/\s?]+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: the line is kept, without the secret."""
        said = record.getMessage()
        blotted = self.secret.sub(r"\1***", said)
        if blotted != said:
            record.msg, record.args = blotted, None
        return True
