"""How an upload comes in: spooled to a file piece by piece, and thrown away unread where the request is too large."""

from typing import Any

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class Spooled(TemporaryFileUploadHandler):
    """Keeps what is uploaded out of memory. A request larger than `most` bytes is read to its end and has no files,
    so that whoever sent it gets a page that says why."""

    def __init__(self, request: Any, most: int) -> None:
        super().__init__(request)
        self.most = most
        self.too_large = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self.too_large = content_length > self.most

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.too_large:
            raise SkipFile
        super().new_file(*args, **kwargs)
