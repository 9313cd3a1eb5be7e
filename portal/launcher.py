"""`make run`: the whole portal on one machine, ready to be looked at; everything it starts ends with it."""

import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psycopg
from django.core.exceptions import ImproperlyConfigured

from foundation import clock
from foundation.environment import given, is_given
from portal import embedded, provisioning
from portal.children import Children, Stop, say

BASE = embedded.BASE
BIN = Path(sys.executable).parent
PATIENCE = 60.0


def port() -> int:
    """PORT, or 8000; refused when it is no port or somebody else's."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Stop(f"PORT={text} 不是端口号，请写 1 到 65535 之间的数字。")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError:
            raise Stop(f"端口 {text} 已被占用。请先停止占用它的程序，或换一个端口：PORT=8010 make run") from None
    return int(text)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare_environment(web_port: int) -> None:
    """The demonstration's settings, the generated secrets, and the database behind DATABASE_URL or the embedded one."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_LOGIN": "owner",
        "DEMO": "demonstration-county",
        "HTTPS": "false",
        "PUBLIC_URL": f"http://localhost:{web_port}",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    known = embedded.secrets_of(embedded.data_dir())
    for key in embedded.KEYS:
        if not is_given(key):
            os.environ[key] = known[key]
    if is_given("DATABASE_URL"):
        say("连接数据库 DATABASE_URL")
        address = provisioned(given("DATABASE_URL"), known)
        os.environ.pop("DATABASE_URL_FILE", None)
        os.environ["DATABASE_URL"] = address
    else:
        say("启动内嵌 PostgreSQL")
    embedded.fill_addresses(known)


def provisioned(address: str, known: dict[str, str]) -> str:
    """The owner's address on a server we were given, with the portal's logins in place."""
    try:
        return provisioning.provision(address, provisioning.passwords_from(dict(os.environ), known))
    except psycopg.OperationalError:
        raise Stop("连不上 DATABASE_URL 指向的数据库。请确认服务器已启动、地址和密码正确。") from None
    except psycopg.ProgrammingError:
        raise Stop("DATABASE_URL 写错了。应形如 postgresql://用户:密码@主机:5432/库名。") from None
    except provisioning.NotPermitted as refusal:
        print(refusal.statements, file=sys.stderr)
        raise Stop(f"{refusal} 请让数据库管理员执行上面的 SQL，然后再运行一次。") from None


def require_redis() -> None:
    """Where REDIS_URL is set, it must answer."""
    address = given("REDIS_URL") or "none"
    if address == "none":
        return
    import redis

    try:
        redis.Redis.from_url(address, socket_connect_timeout=3).ping()
    except (redis.RedisError, ValueError):
        raise Stop("连不上 REDIS_URL 指向的 Redis。请确认它已启动、地址正确，或不设 REDIS_URL。") from None


def prepare_database(sandboxes: dict[str, int]) -> None:
    """Migrate, collect static files, and seed the demonstration county."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    for folder in ("messages", "control"):
        (settings.DATA_DIR / "queue" / folder).mkdir(parents=True, exist_ok=True)
    say("更新数据库结构")
    call_command("migrate", interactive=False, verbosity=0)
    say("收集静态文件")
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["widget", "icon", "base", "*.wxss"])
    if settings.DEMO:
        say("准备演示县的数据")
        from portal.demo import seed

        seed.county(clock.now(), sandboxes)


def child_environment(login: str, *urls: str) -> dict[str, str]:
    """A child's environment: the database addresses its login needs; the worker alone can seal the access log."""
    apart = ("DATABASE_",) if login == "worker" else ("DATABASE_", "AUDIT_KEY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
    wanted = [variant for name in urls for variant in (name, f"{name}_FILE") if variant in os.environ]
    return kept | {name: os.environ[name] for name in wanted} | {"PORTAL_LOGIN": login, "PYTHONWARNINGS": "ignore"}


def mllp_address() -> tuple[str, int] | None:
    """Where HL7 v2 messages are listened for: MLLP_ADDRESS; without it, on this machine where a facility sends any."""
    from django.conf import settings

    from records.exchange.hl7v2.listening import DEFAULT_ADDRESS, address_of
    from records.exchange.models import Source

    if settings.MLLP_ADDRESS == "none":
        return None
    if settings.MLLP_ADDRESS:
        return address_of(settings.MLLP_ADDRESS)
    sending = Source.objects.filter(kind=Source.Kind.HL7V2).exclude(options__has_key="folder")
    return address_of(DEFAULT_ADDRESS) if sending.exists() else None


def start_children(children: Children, web_port: int, sandboxes: dict[str, int]) -> None:
    """The sandbox facilities, the worker with its timetable, the listener for HL7 where wanted, the web server."""
    plain = child_environment("none")
    for code, number in sandboxes.items():
        command = [
            sys.executable,
            "-m",
            "portal.demo.sandbox",
            "--facility",
            code,
            "--port",
            str(number),
            "--seed",
            "7",
        ]
        children.start(f"沙箱机构 {code} ", command, plain)
    pool = ["-P", "solo"] if (given("REDIS_URL") or "none") == "none" else ["-c", "2"]
    worker = [
        str(BIN / "celery"),
        "--quiet",
        "-A",
        "portal.celery",
        "worker",
        "-B",
        "-l",
        "warning",
        "--without-mingle",
    ]
    children.start("后台任务", [*worker, *pool], child_environment("worker", "DATABASE_WORKER_URL"))
    if address := mllp_address():
        listener = [sys.executable, "manage.py", "listen_mllp", "--host", address[0], "--port", str(address[1])]
        children.keep("HL7 接收", listener, child_environment("worker", "DATABASE_WORKER_URL"))
    children.start("网站", web_server(web_port), child_environment("web", "DATABASE_WEB_URL", "DATABASE_SIGNIN_URL"))


def web_server(web_port: int, workers: int = 1, threads: int = 4) -> list[str]:
    """The command of the web server: so many processes, one of which that dies is replaced, of so many threads.

    A thread has a connection of each login at most, so this also bounds how many bookings wait for one slot.
    """
    server = [str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(web_port)]
    server += ["--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "warning"]
    return [*server, "--respawn-failed-workers", "--respawn-interval", "1", "portal.wsgi:application"]


def wait_until_ready(children: Children, web_port: int) -> None:
    """Until the web server answers; raises Stop when a child ends or a minute passes."""
    for _ in range(int(PATIENCE / 0.2)):
        if name := children.ended():
            raise Stop(f"{name}没能启动。请看上面的日志，处理后再运行一次。")
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{web_port}/healthz", timeout=2).close()
            return
        if children.asked_to_stop.wait(0.2):
            return
    raise Stop("网站在一分钟内没有就绪。请看上面的日志。")


def sign_ins(web_port: int) -> str:
    """The demonstration's sign-ins as a short table."""
    from django.conf import settings

    if not settings.DEMO:
        return ""
    from portal.demo.seed import sign_in_table

    return sign_in_table(web_port)


def main() -> int:
    """Run until told to stop; the exit code says whether that was in peace."""
    children = Children()

    def on_signal(number: int, frame: FrameType | None) -> None:
        children.asked_to_stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        web_port = port()
        require_redis()
        prepare_environment(web_port)
        sandboxes = {"COUNTY": free_port(), "TOWN1": free_port()}
        prepare_database(sandboxes)
        start_children(children, web_port, sandboxes if os.environ["DEMO"] != "false" else {})
        wait_until_ready(children, web_port)
        if not children.asked_to_stop.is_set():
            print(f"\nReady: http://127.0.0.1:{web_port}\n{sign_ins(web_port)}按 Ctrl-C 停止。", flush=True)
        children.watch()
    except (Stop, ImproperlyConfigured) as reason:
        print(f"✗ {reason}", file=sys.stderr)
        return 1
    finally:
        children.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
