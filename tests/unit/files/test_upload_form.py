from __future__ import annotations

import pytest

from files.api.upload_form import MAX_OVERHEAD_BYTES, FormEvent, UploadForm
from kbstore.errors import KbstoreError, PayloadTooLarge
from kbstore.rest.errors import UnreadableBody, ValidationFailed

TYPE = "multipart/form-data; boundary=bound"
FILE = b'--bound\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
CHECKSUM = b'--bound\r\nContent-Disposition: form-data; name="checksum_sha256"\r\n\r\nabc\r\n'
END = b"\r\n--bound--\r\n"


def read(body: bytes, *, step: int) -> tuple[bytes, UploadForm]:
    form, content, started = UploadForm(TYPE), b"", 0
    for start in range(0, len(body), step):
        for event in form.feed(body[start : start + step]):
            if isinstance(event, FormEvent):
                started += 1
            else:
                content += event
    form.close()
    assert started == 1
    return content, form


@pytest.mark.parametrize("step", [1, 2, 7, 64, 1000])
def test_the_file_is_the_same_however_the_body_is_cut(step: int) -> None:
    content = b"\r\n--boun\r\n--bound x\r\r\n--\r\n" * 20
    content = content.replace(b"\r\n--bound x", b"\r\n--bounx")
    for body in (FILE + content + END, CHECKSUM + FILE + content + END, FILE + content + b"\r\n" + CHECKSUM + END[2:]):
        received, form = read(body, step=step)
        assert received == content
        assert form.checksum == ("abc" if CHECKSUM in body else None)


def test_what_follows_the_form_is_not_read() -> None:
    assert read(FILE + b"x" + END + b"epilogue" * 100, step=50)[0] == b"x"


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("text/plain", b"", ValidationFailed),
        ("", b"", ValidationFailed),
        ("multipart/form-data", FILE + END, UnreadableBody),
        (TYPE, b"", ValidationFailed),
        (TYPE, b"--bound--\r\n", ValidationFailed),
        (TYPE, CHECKSUM + END[2:], ValidationFailed),
        (TYPE, FILE + b"x", UnreadableBody),
        (TYPE, b"garbage", UnreadableBody),
        (TYPE, FILE + b"x\r\n" + CHECKSUM[:-2] + b"x" * (MAX_OVERHEAD_BYTES * 3), PayloadTooLarge),
        (TYPE, CHECKSUM[:-2] + b"x" * (MAX_OVERHEAD_BYTES * 3), ValidationFailed),
        (TYPE, CHECKSUM * 40 + FILE + END, UnreadableBody),
    ],
)
def test_what_is_no_upload_is_refused(content_type: str, body: bytes, error: type[KbstoreError]) -> None:
    with pytest.raises(error):  # noqa: PT012 - any step may find out
        form = UploadForm(content_type)
        for start in range(0, len(body), 65536):
            list(form.feed(body[start : start + 65536]))
        form.close()
