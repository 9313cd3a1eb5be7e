"""Settings refuse to guess: a broken environment stops the start with one plain sentence."""

import ast
import base64
import os
import subprocess
import sys

import pytest

from foundation.certificates import self_signed
from tests.architecture import BASE

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"
GOOD = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(BASE),
    "PYTHONUTF8": "1",
    "PORTAL_LOGIN": "web",
    "SECRET_KEY": "a-secret-of-this-test-alone",
    "FIELD_KEYS": "k1:AES:" + base64.b64encode(b"k" * 32).decode(),
    "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
    "SIGNING_KEY": self_signed(),
    "DATABASE_WEB_URL": NOWHERE,
    "DATABASE_SIGNIN_URL": NOWHERE,
}
WITHOUT = None


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, with `changes` to a good environment."""
    environment = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import portal.settings"],
        cwd=BASE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_good_environment_starts() -> None:
    assert start().stderr == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": WITHOUT}, "环境变量 SECRET_KEY 未设置，门户不能启动。"),
        ({"SECRET_KEY": ""}, "环境变量 SECRET_KEY 未设置，门户不能启动。"),
        ({"FIELD_KEYS": WITHOUT}, "环境变量 FIELD_KEYS 未设置，门户不能启动。"),
        ({"INDEX_KEY": WITHOUT}, "环境变量 INDEX_KEY 未设置，门户不能启动。"),
        ({"AUDIT_KEY": base64.b64encode(b"u" * 32).decode()}, "环境变量 AUDIT_KEY 不能交给网站进程"),
        ({"PORTAL_LOGIN": "worker", "AUDIT_KEY": WITHOUT}, "环境变量 AUDIT_KEY 未设置，门户不能启动。"),
        ({"PORTAL_LOGIN": "owner", "AUDIT_KEY": "short"}, "环境变量 AUDIT_KEY 必须是 32 字节密钥的 base64 文本。"),
        ({"DATABASE_WEB_URL": WITHOUT}, "环境变量 DATABASE_WEB_URL 未设置，门户不能启动。"),
        ({"DEBUG": "yes"}, "环境变量 DEBUG 只能是 true 或 false，现在是“yes”。"),
        ({"HTTPS": "1"}, "环境变量 HTTPS 只能是 true 或 false，现在是“1”。"),
        ({"DEMO": "true", "DEBUG": "false"}, "DEBUG 关闭时不能启用演示模式"),
        ({"DEMO": "maybe"}, "环境变量 DEMO 只能是 true、false 或"),
        ({"PORTAL_LOGIN": "root"}, "环境变量 PORTAL_LOGIN 只能是"),
        ({"FIELD_KEYS": "k1:AES:" + base64.b64encode(b"short").decode()}, "密钥长度不对（AES 32 字节，SM4 16 字节）"),
        ({"FIELD_KEYS": "k1:DES:" + base64.b64encode(b"k" * 32).decode()}, "的每一项应写成 编号:AES:base64"),
        (
            {"OIDC_ISSUER": "http://idp.example.cn", "OIDC_CLIENT_ID": "x"},
            "环境变量 OIDC_ISSUER 必须以 https:// 开头。",
        ),
        ({"OIDC_ISSUER": "https://idp.example.cn"}, "环境变量 OIDC_CLIENT_ID 未设置，门户不能启动。"),
        ({"OIDC_CLAIMS": "id_number"}, "环境变量 OIDC_CLAIMS 应写成 number=字段名,name=字段名。"),
        ({"WECHAT_APP_ID": "wx1"}, "环境变量 WECHAT_APP_SECRET 未设置，门户不能启动。"),
        ({"SIGNING_KEY": WITHOUT}, "环境变量 SIGNING_KEY 未设置，门户不能启动。"),
        ({"SIGNING_KEY": "bm90aGluZw=="}, "环境变量 SIGNING_KEY 必须是 PKCS#12 文件"),
        ({"SIGNING_FORMER": "no certificate"}, "环境变量 SIGNING_FORMER 必须是 PEM 格式的证书。"),
        ({"INDEX_KEY": "not base64!"}, "环境变量 INDEX_KEY 必须是 32 字节密钥的 base64 文本。"),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_a_broken_environment_is_one_plain_sentence(changes: dict[str, str | None], sentence: str) -> None:
    outcome = start(**changes)
    assert outcome.returncode == 1
    assert sentence in outcome.stderr.splitlines()[-1]


def test_no_secret_has_a_default() -> None:
    calls = [
        node
        for path in [BASE / "portal/settings.py", *(BASE / "portal").glob("*_settings.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "env"
    ]
    secret = [call for call in calls if any(word in ast.unparse(call.args[0]) for word in ("KEY", "DATABASE", "TOKEN"))]
    assert secret
    assert [ast.unparse(call) for call in secret if len(call.args) > 1 or call.keywords] == []
