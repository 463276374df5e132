"""Attachments of a letter: a PDF or a photo, told by what is in it, within a limit. Pure."""

from collections.abc import Iterable
from typing import Final

from kernel.messages import Message, _
from kernel.web.visit import Upload
from referral.letters.letter import File

MOST_BYTES: Final = 5 << 20
KINDS: Final = ("application/pdf", "image/jpeg", "image/png")
_BEGINS: Final = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
_WRONG: Final = _("文件应为 PDF、JPG 或 PNG（按内容判断），请另存或拍照后再上传。")
_LARGE: Final = _("文件超过 %(n)s MB：请压缩或分成几个文件上传。")
_LONGEST_NAME: Final = 100


def kind_of(content: bytes) -> str:
    """The media type of a file by its first bytes, empty for none of ours."""
    return next((kind for begin, kind in _BEGINS.items() if content.startswith(begin)), "")


def read_files(
    uploads: Iterable[tuple[str, Upload]],
) -> tuple[list[File], dict[str, str]]:
    """The files that were chosen, and what is wrong with one by the name of its field."""
    files, errors = list[File](), dict[str, str]()
    for name, upload in uploads:
        if not upload.content:
            continue
        kind = kind_of(upload.content)
        if not kind:
            errors[name] = _WRONG
        elif len(upload.content) > MOST_BYTES:
            errors[name] = Message(_LARGE, n=MOST_BYTES >> 20)
        else:
            files.append(File(_plain(upload.name), kind, upload.content))
    return files, errors


def _plain(name: str) -> str:
    """The file's own name without folders and signs that no name has."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable())[-_LONGEST_NAME:] or str(_("附件"))
