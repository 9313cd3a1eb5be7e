"""A real Redis server for the tests that need one: its own port, no files, ends with the tests."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry


@contextmanager
def running_redis() -> Iterator[str]:
    """Start redis-server on a free loopback port; yields its address."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("本机没有 Redis（apt-get install redis-server）")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([*command, "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL)
    try:
        patient = Retry(ConstantBackoff(0.1), 50)
        with redis.Redis(port=port, retry=patient, retry_on_error=[redis.ConnectionError]) as client:
            client.ping()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()
