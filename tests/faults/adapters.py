"""An SMS adapter that hangs where it is told to, so that its process can be killed there."""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from portal.demo.sms import Outbox


class Hanging:
    """Hangs before or after the message has left (HANG_WHEN), once it has written down that it got so far."""

    available = True

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        if os.environ["HANG_WHEN"] == "after":
            Outbox().send(phone=phone, template=template, parameters=parameters, key=key)
        Path(os.environ["HANG_FILE"]).write_text(key)
        Event().wait()
