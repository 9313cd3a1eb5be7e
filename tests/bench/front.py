"""nginx in front of the portal, with the project's own configuration, on loopback and ending by itself."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.portal.test_launcher import free_port

OWN = Path(__file__).parents[2] / "deploy" / "nginx"
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off; include /etc/nginx/mime.types;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/shared_pages.conf;
  upstream portal {{ server {portal}; }}
  server {{
    listen 127.0.0.1:{port};
    include {own}/shared_pages_location.conf;
    location /floor/ {{ alias {folder}/floor/; default_type text/html; gzip on; }}
  }}
}}
"""


@contextmanager
def nginx(folder: Path, portal: str) -> Iterator[str]:
    """Run nginx before `portal` (host:port); yields its address. Files under `folder`/floor are served as they are."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        pytest.skip("本机没有 nginx（apt-get install nginx-light）")
    port = free_port()
    shared = (OWN / "shared_pages.conf").read_text().replace("/var/cache/nginx/portal", str(folder / "cache"))
    (folder / "shared_pages.conf").write_text(shared)
    (folder / "floor").mkdir(exist_ok=True)
    user = "user root;" if root() else ""
    written = CONFIGURATION.format(folder=folder, own=OWN, portal=portal, port=port, user=user)
    (folder / "nginx.conf").write_text(written)
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def root() -> bool:
    return Path("/root").exists() and Path("/proc/self").stat().st_uid == 0


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until the port answers; AssertionError when nginx ended instead."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        assert process.poll() is None, "nginx 没有启动"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nginx 没有应答")
