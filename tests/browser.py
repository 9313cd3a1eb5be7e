"""A WeChat-sized browser that fails the test for any console error, and looks at each page with axe."""

import os
import shutil
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WECHAT = (
    "Mozilla/5.0 (Linux; Android 12; V2054A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0"
    " Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20231202 MicroMessenger/8.0.47"
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "user_agent": WECHAT,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "is_mobile": True,
    "has_touch": True,
}
# Without "preload" off, axe copies the style sheets it finds into the page, and the policy rightly complains.
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],  # of what is in order, not each element
    "preload": False,
}


def chromium() -> str | None:
    """Where Chromium is on this machine, if anywhere."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Watch:
    """What went wrong on a page: console errors, script errors, refused resources (CSP), accessibility."""

    page: Page
    troubles: list[str] = field(default_factory=list)
    looked_at: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.troubles.append(f"console on {self.page.url}: {text}")

    def leave(self, link: Locator) -> None:
        """Click what leads to another page, and wait for that page."""
        with self.page.expect_navigation():
            link.click()

    def follow(self, link: Locator) -> None:
        """Click what leads to another page, wait for that page, and look at it."""
        self.leave(link)
        self.look()

    def look(self, allow: tuple[str, ...] = ()) -> None:
        """Check the page now shown, all of it there, against WCAG A and AA, and that it does not scroll sideways."""
        self.looked_at += 1
        self.page.wait_for_load_state()
        found = Axe().run(self.page, options=OPTIONS).response["violations"]
        for violation in found:
            if violation["id"] not in allow:
                where = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
                self.troubles.append(f"axe on {self.page.url}: {violation['id']} at {where}")
        if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.troubles.append(f"sideways scroll on {self.page.url}")
