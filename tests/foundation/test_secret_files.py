"""Secrets from files: NAME_FILE in place of NAME, and no file that every user of the machine can read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.environment import env, given, is_given
from portal.launcher import child_environment
from portal.provisioning import passwords_from
from tests.architecture.test_settings import GOOD, start

Write = Callable[..., str]


@pytest.fixture
def secret(tmp_path: Path) -> Write:
    """Write a secret file with these rights; its path."""

    def write(text: str, mode: int = 0o600, name: str = "secret") -> str:
        path = tmp_path / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


def test_every_secret_may_come_from_a_file(secret: Write) -> None:
    names = [name for name in GOOD if name.endswith(("KEY", "KEYS", "URL"))]
    files = {f"{name}_FILE": secret(GOOD[name] + "\n", name=name) for name in names}
    assert len(names) == 6
    assert start(**dict.fromkeys(names), **files).stderr == ""


@pytest.mark.parametrize("mode", [0o604, 0o606, 0o644, 0o602, 0o601])
def test_a_file_open_to_every_user_stops_the_start(secret: Write, mode: int) -> None:
    path = secret(GOOD["SECRET_KEY"], mode)
    outcome = start(SECRET_KEY=None, SECRET_KEY_FILE=path)
    assert outcome.returncode == 1
    assert f"SECRET_KEY_FILE 指向的文件 {path} 对所有用户开放" in outcome.stderr.splitlines()[-1]


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640])
def test_a_file_of_its_user_and_group_is_read(secret: Write, mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN_FILE", secret("word\n", mode))
    assert env("A_TOKEN") == "word"


def test_a_link_is_judged_by_what_it_leads_to(secret: Write, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(secret("word", 0o644))
    with pytest.raises(ImproperlyConfigured, match="对所有用户开放"):
        given("A_TOKEN", {"A_TOKEN_FILE": str(tmp_path / "link")})


def test_both_at_once_are_refused(secret: Write) -> None:
    with pytest.raises(ImproperlyConfigured, match="只能设置一个"):
        given("A_TOKEN", {"A_TOKEN": "one", "A_TOKEN_FILE": secret("two")})


@pytest.mark.parametrize(("text", "sentence"), [("", "是空的"), ("\n", "是空的")])
def test_an_empty_file_is_refused(secret: Write, text: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        given("A_TOKEN", {"A_TOKEN_FILE": secret(text)})


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="不能读取。请检查路径和权限。"):
        given("A_TOKEN", {"A_TOKEN_FILE": str(tmp_path / "nowhere")})


def test_a_message_never_repeats_the_secret(secret: Write) -> None:
    outcome = start(FIELD_KEYS=None, FIELD_KEYS_FILE=secret("k1:AES:c2hvcnQtc2VjcmV0"))
    assert outcome.returncode == 1 and "c2hvcnQtc2VjcmV0" not in outcome.stderr


def test_a_variable_with_a_file_counts_as_given() -> None:
    environment = {"INDEX_KEY_FILE": "/run/secrets/index"}
    assert is_given("INDEX_KEY", environment) and not is_given("FIELD_KEYS", environment)


def test_a_login_s_password_is_found_in_the_file_of_its_address(secret: Write) -> None:
    address = secret("postgresql://portal_web:from-the-file@db/portal")
    generated = dict.fromkeys(["portal_owner", "portal_web", "portal_signin", "portal_worker", "portal_backup"], "made")
    assert passwords_from({"DATABASE_WEB_URL_FILE": address}, generated)["portal_web"] == "from-the-file"


def test_a_child_is_given_its_own_files_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_WEB_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(f"{name}_FILE", "/run/secrets/address")
    environment = child_environment("web", "DATABASE_WEB_URL")
    assert "DATABASE_WEB_URL_FILE" in environment and "DATABASE_URL_FILE" not in environment


def test_two_keys_of_one_name_are_refused() -> None:
    outcome = start(FIELD_KEYS=",".join([GOOD["FIELD_KEYS"]] * 2))
    assert outcome.returncode == 1 and "编号 k1 出现了两次" in outcome.stderr


def test_index_keys_are_each_of_the_right_length() -> None:
    outcome = start(INDEX_KEY=f"{GOOD['INDEX_KEY']},c2hvcnQ=")
    assert outcome.returncode == 1 and "必须是 32 字节密钥的 base64 文本" in outcome.stderr
