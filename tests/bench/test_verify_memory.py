"""`make bench`: a large file is checked through a real socket and needs no more memory than a small one."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.urls import reverse

from tests.bench.test_upload_memory import MEGABYTE, peak, server

__all__ = ["server"]
MOST_MORE = 16  # megabytes; a file held once would be 48 more


def checked(address: str, file: Path, status: int, sentence: str) -> None:
    """Choose a file on the public page, as any visitor may."""
    with httpx.Client(base_url=address, trust_env=False, timeout=120) as visitor:
        page = visitor.get(reverse("records:verify_form"))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text[:2000]
        with file.open("rb") as content:
            answer = visitor.post(
                reverse("records:verify_file"),
                data={"csrfmiddlewaretoken": token[1]},
                files={"file": ("report.pdf", content, "application/pdf")},
                headers={"Origin": address},
            )
    assert answer.status_code == status and sentence in answer.text, answer.text[:2000]


def noise(path: Path, megabytes: int) -> Path:
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for _ in range(megabytes):
            file.write(os.urandom(MEGABYTE))
    return path


@pytest.mark.parametrize(
    ("megabytes", "status", "sentence"), [(49, 200, "没有本平台的电子签名"), (100, 413, "文件超过50兆")]
)
def test_a_file_of_any_size_is_read_in_little_memory(
    server: tuple[str, int],
    tmp_path: Path,
    megabytes: int,
    status: int,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, session = server
    small, large = noise(tmp_path / "small.pdf", 1), noise(tmp_path / "large.pdf", megabytes)
    deeds: list[Callable[[], None]] = [
        lambda: checked(address, small, 200, "没有本平台的电子签名"),
        lambda: checked(address, large, status, sentence),
    ]
    deeds[0]()
    before, after = (peak(session, deed) for deed in deeds)
    with capsys.disabled():
        print(f"\na file of 1 MB {before:.0f} MB, of {megabytes} MB {after:.0f} MB")
    assert after - before < MOST_MORE
