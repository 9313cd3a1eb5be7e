"""A file that somebody wants checked: read while it arrives, kept nowhere."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from records.signing import Reading, Standing


class Streamed(FileUploadHandler):
    """Takes the first file of a request apart as it comes in: what is read is forgotten, nothing is spooled.

    After the request was parsed, `standing` says what the file is; None where there was none, or where `too_large`.
    """

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most, self.too_large = most, False
        self.reading: Reading | None = None

    @property
    def standing(self) -> Standing | None:
        """What can be said of the file by itself."""
        return self.reading.done() if self.reading and not self.too_large else None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.reading is not None:
            raise SkipFile
        super().new_file(*args, **kwargs)
        self.reading = Reading()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        reading = self.reading
        if reading is None or reading.size + len(raw_data) > self.most:
            self.too_large = True
            raise SkipFile  # the rest is passed over, so that the browser hears the answer
        reading.feed(bytes(raw_data))

    def file_complete(self, file_size: int) -> None:
        """Hand nothing on: there is no file to be had."""
