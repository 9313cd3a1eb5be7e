"""Real peers: Debian's Orthanc with its DICOMweb plugin, fed with pydicom's own files; and a PACS that misbehaves."""

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
MISSING = "Orthanc with its DICOMweb plugin is not on this machine (apt-get install orthanc orthanc-dicomweb)."
FILES = ("CT_small.dcm", "MR_small.dcm", "SC_rgb_small_odd.dcm", "test-SR.dcm")
PATIENCE = 20.0


def program() -> str:
    """Where Orthanc is; nothing where it, or its plugin, is not."""
    return (shutil.which("Orthanc") or "") if PLUGIN.exists() else ""


@contextmanager
def orthanc(folder: Path) -> Iterator[str]:
    """An empty Orthanc on a port of 127.0.0.1; its root address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "HttpThreadsCount": 4,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([program(), str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/system", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except urllib.error.URLError:
            pause.wait(0.1)
        else:
            return
    raise AssertionError("Orthanc did not start")


def store(address: str, name: str, number: int, *, charset: str = "GB18030", **tags: Any) -> None:
    """Put one of pydicom's files into Orthanc, as instance `number` of a study of 贺兰芳 with these attributes."""
    found = dcmread(get_testdata_file(name))
    made = Dataset()
    made.SpecificCharacterSet = charset
    made.update({element.tag: element for element in found if element.VR not in ("PN", "LO", "LT", "ST", "SQ")})
    made.SpecificCharacterSet = charset
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    made.SeriesInstanceUID = f"{made.StudyInstanceUID}.{number}"
    made.SOPInstanceUID = f"{made.StudyInstanceUID}.{number}.1"
    made.file_meta = found.file_meta
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.preamble = b"\x00" * 128
    raw = BytesIO()
    made.save_as(raw)
    request = urllib.request.Request(f"{address}/instances", data=raw.getvalue())
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def pretending(reply: Callable[[str, Any], Reply]) -> Iterator[str]:
    """A PACS that answers as `reply(path, headers)` says; its root address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = reply(self.path, self.headers)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/dicom-web"
    finally:
        server.shutdown()
        server.server_close()
