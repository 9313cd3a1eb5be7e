"""Who holds the key that seals the access log: the worker, and nobody who writes the log."""

import json
from pathlib import Path

import pytest

from portal import embedded, launcher


@pytest.mark.parametrize(("login", "holds"), [("worker", True), ("web", False), ("none", False)])
def test_of_the_launchers_children_the_worker_alone_holds_it(
    monkeypatch: pytest.MonkeyPatch, login: str, holds: bool
) -> None:
    monkeypatch.setenv("AUDIT_KEY", "key")
    monkeypatch.setenv("AUDIT_KEY_FILE", "/run/key")
    child = launcher.child_environment(login)
    assert ("AUDIT_KEY" in child, "AUDIT_KEY_FILE" in child) == (holds, holds)


def test_the_web_process_is_not_handed_the_generated_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*embedded.KEYS, "PORTAL_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(embedded, "secrets_of", lambda folder: dict.fromkeys(embedded.KEYS, "generated"))
    environment = dict.fromkeys(("DATABASE_WEB_URL", "DATABASE_SIGNIN_URL"), "postgresql://nobody@127.0.0.1:1/nowhere")
    for name, value in {**environment, "PORTAL_LOGIN": "web"}.items():
        monkeypatch.setenv(name, value)
    embedded.prepare_environment()
    assert [embedded.is_given(name) for name in embedded.KEYS] == [name != "AUDIT_KEY" for name in embedded.KEYS]


def test_a_machine_from_before_gets_its_key_and_keeps_the_others(tmp_path: Path) -> None:
    before = {name: secret for name, secret in embedded.secrets_of(tmp_path).items() if name != "AUDIT_KEY"}
    (tmp_path / "secrets.json").write_text(json.dumps(before))
    after = embedded.secrets_of(tmp_path)
    assert {**before, "AUDIT_KEY": after["AUDIT_KEY"]} == after == embedded.secrets_of(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
