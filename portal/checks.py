"""`make check`: every static check of the project, each named, all of them run, one exit code."""

import base64
import os
import subprocess
import sys
from pathlib import Path

from foundation.certificates import vouched_for

BASE = Path(__file__).resolve().parent.parent
BIN = BASE / ".venv" / "bin"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"


def production_like() -> dict[str, str]:
    """An environment as a county would set it; nothing is connected to."""
    return {
        **os.environ,
        "PORTAL_LOGIN": "owner",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DEBUG": "false",
        "DEMO": "demonstration-county",  # the demonstration's code is checked with the rest
        "HTTPS": "true",
        "SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
        "FIELD_KEYS": "k1:AES:" + base64.b64encode(os.urandom(32)).decode(),
        "INDEX_KEY": base64.b64encode(os.urandom(32)).decode(),
        "AUDIT_KEY": base64.b64encode(os.urandom(32)).decode(),
        "SIGNING_KEY": vouched_for(),
        "ALLOWED_HOSTS": "portal.example.cn",
        "TRUSTED_PROXY_COUNT": "1",
        **{f"DATABASE{name}_URL": NOWHERE for name in ("", "_WEB", "_SIGNIN", "_WORKER")},
    }


def templates() -> list[str]:
    """Every template of the project."""
    found = subprocess.run(["git", "ls-files", "*.html"], cwd=BASE, capture_output=True, text=True, check=True)
    return found.stdout.split()


def checks() -> dict[str, list[str]]:
    """What is run, by name."""
    python = [sys.executable, "-W", "ignore", "manage.py"]
    rooms = ["portal", "appointments", "records", "health_education", "residents", "facilities", "foundation"]
    return {
        "ruff": [str(BIN / "ruff"), "check", "."],
        "ruff format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "djade": [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates()],
        "import-linter": [str(BIN / "lint-imports"), "--no-cache"],
        "mypy": [str(BIN / "mypy"), *rooms],
        "makemigrations --check": [*python, "makemigrations", "--check", "--dry-run"],
        "check --deploy": ["env", "DEMO=false", *python, "check", "--deploy", "--fail-level", "WARNING"],
    }


def main() -> int:
    """Run them all; 0 when each passed."""
    environment, failed = production_like(), []
    for name, command in checks().items():
        outcome = subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, check=False)
        print(f"{'✓' if outcome.returncode == 0 else '✗'} {name}", flush=True)
        if outcome.returncode:
            failed.append(name)
            print((outcome.stdout + outcome.stderr).rstrip())
    if failed:
        print(f"未通过：{'、'.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
