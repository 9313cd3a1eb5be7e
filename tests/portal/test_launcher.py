"""`make run` as a person meets it: one plain sentence where it cannot start, and nothing left running where it can."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import psutil
import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.children import RESTARTS, Children
from records.exchange.hl7v2.listening import address_of

BASE = Path(__file__).resolve().parents[2]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """A shell that knows nothing of the tests' own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"DATA_DIR": str(folder), "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"} | extra


def launch(folder: Path, **extra: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "portal.launcher"],
        cwd=BASE,
        env=environment(folder, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def refusal(folder: Path, **extra: str) -> tuple[int, str]:
    """Exit code and last line of a start that cannot succeed."""
    started = launch(folder, **extra)
    output, _ = started.communicate(timeout=60)
    return started.returncode, output.strip().splitlines()[-1]


@contextmanager
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def free_port() -> int:
    with busy_port() as number:
        return number


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with busy_port() as number:
        code, sentence = refusal(tmp_path, PORT=str(number))
    assert (code, sentence) == (
        1,
        f"✗ 端口 {number} 已被占用。请先停止占用它的程序，或换一个端口：PORT=8010 make run",
    )


def test_a_busy_port_leaves_nothing_half_made(tmp_path: Path) -> None:
    with busy_port() as number:
        refusal(tmp_path, PORT=str(number))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, PORT=text) == (1, f"✗ PORT={text} 不是端口号，请写 1 到 65535 之间的数字。")


def test_an_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    address = f"postgresql://nobody:x@127.0.0.1:{free_port()}/portal"
    assert refusal(tmp_path, PORT=str(free_port()), DATABASE_URL=address) == (
        1,
        "✗ 连不上 DATABASE_URL 指向的数据库。请确认服务器已启动、地址和密码正确。",
    )


def test_an_unreachable_redis_is_one_sentence(tmp_path: Path) -> None:
    code, sentence = refusal(tmp_path, PORT=str(free_port()), REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert (code, sentence.startswith("✗ 连不上 REDIS_URL 指向的 Redis。")) == (1, True)


def read_until_ready(started: subprocess.Popen) -> str:
    """What was printed until the portal said it is ready, or ended."""
    lines: list[str] = []
    assert started.stdout is not None
    for line in started.stdout:
        lines.append(line)
        if "按 Ctrl-C 停止" in line:
            break
    return "".join(lines)


STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
while True:
    signal.pause()
"""


def test_what_a_child_started_itself_ends_with_it() -> None:
    children = Children()
    children.start("后台任务", [sys.executable, "-c", STUBBORN], dict(os.environ))
    started = psutil.Process(children.running["后台任务"].pid)
    for _ in range(100):
        if left_behind := started.children():
            break
        Event().wait(0.1)
    children.stop()
    assert left_behind and psutil.wait_procs(left_behind, timeout=5)[1] == []


def revived(children: Children, name: str) -> bool:
    """Kill a child, as an accident would; whether it runs again once that has been noticed."""
    children.running[name].kill()
    children.running[name].wait()
    return children.ended() is None and children.running[name].poll() is None


def test_a_kept_child_is_started_again_unless_it_keeps_ending() -> None:
    children = Children()
    children.keep("HL7 接收", [sys.executable, "-c", STUBBORN], dict(os.environ))
    try:
        assert [revived(children, "HL7 接收") for _ in range(RESTARTS + 1)] == [True] * RESTARTS + [False]
        assert children.ended() == "HL7 接收"
    finally:
        children.stop()


@pytest.mark.parametrize("text", ["2575", "10.1.0.8", "10.1.0.8:mllp", "10.1.0.8:70000", ":2575"])
def test_an_address_to_listen_on_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="10.1.0.8:2575"):
        address_of(text)


def test_an_address_to_listen_on_may_be_of_ipv6() -> None:
    assert address_of("[::1]:2575") == ("::1", 2575)


def listens(port: int) -> bool:
    """Whether something answers there within a while; the listener says nothing, and takes the connection."""
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        Event().wait(0.1)
    return False


def test_it_reaches_ready_and_stops_everything_it_started(tmp_path: Path) -> None:
    starts_and_stops(tmp_path)


def starts_and_stops(folder: Path) -> None:
    """One start with its data in `folder`, to the line that says ready, and its end."""
    mllp = free_port()
    started = launch(folder, PORT=str(free_port()), MLLP_ADDRESS=f"127.0.0.1:{mllp}")
    try:
        printed = read_until_ready(started)
        assert listens(mllp)
        family = psutil.Process(started.pid).children(recursive=True)
    finally:
        started.send_signal(signal.SIGTERM)
    output, _ = started.communicate(timeout=60)
    assert re.search(r"^Ready: http://127\.0\.0\.1:\d+$", printed, re.M), printed + output
    assert started.returncode == 0
    assert [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
