# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of signed OCSP responses: what a static responder serves, in one file that says what it was made from."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...serial_numbers import serial_digits
from ...timestamps import read_time, write_time
from ..text.lines import read_lines, write_lines
from ..x509.certificates import fingerprint
from .ocsp import Status

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Contents", "archive", "contents_of", "file_names", "read_archive"]

_CONTENTS = "contents.txt"
# In bytes: one response, with an ML-DSA certificate in it, and the headers in front of it
_LARGEST = 1 << 16
_HEADERS = 1 << 12


@dataclass(frozen=True)
class Contents:
    """What an archive is about.

    :ivar next_update: until when its responses hold
    :ivar digest: of the authority and of what is said about each certificate
    """

    good: int
    revoked: int
    next_update: datetime
    digest: str

    def render(self) -> bytes:
        """As lines of text."""
        return write_lines(
            {
                "good": str(self.good),
                "revoked": str(self.revoked),
                "next update": write_time(self.next_update),
                "digest": self.digest,
            }
        )


def contents_of(authority: x509.Certificate, known: Iterable[Status], next_update: datetime) -> Contents:
    """What an archive of responses about ``known`` would be about."""
    digest = hashlib.sha256(fingerprint(authority).encode())
    count = {True: 0, False: 0}
    for status in known:
        revocation = status.revocation
        count[revocation is not None] += 1
        said = f"{revocation.reason} {write_time(revocation.revoked)}" if revocation else "good"
        digest.update(f"\n{serial_digits(status.certificate.serial_number)} {said}".encode())
    return Contents(count[False], count[True], next_update, digest.hexdigest())


def archive(contents: Contents, responses: Iterable[tuple[str, bytes]], made: datetime) -> bytes:
    """A tar archive: what it is about, then each response under the path of its request."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in ((_CONTENTS, contents.render()), *responses):
            entry = tarfile.TarInfo(_file_name(name))
            entry.size, entry.mode, entry.mtime = len(content), 0o644, int(made.astimezone(UTC).timestamp())
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _file_name(path: str) -> str:
    """A path in base64 may end with a slash, which no file can; the web server looks for it with a dash behind."""
    return f"{path}-" if path.endswith("/") else path


def file_names(path: str) -> str:
    """The name in the archive of the response to the request with this path."""
    return _file_name(path)


def read_archive(path: Path, responses: int) -> tuple[Contents, dict[str, bytes]] | None:
    """What the archive at ``path`` claims to be about, and its responses by their names; None where it cannot be read as such.

    Nothing of it is believed yet: whoever can write the file may have made it. It is a regular file of bounded size, not compressed, and
    so is everything in it.

    :param responses: how many there are to be at most
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > (responses + 2) * (_LARGEST + _HEADERS):
                return None
            with tarfile.open(fileobj=stream, mode="r:") as tar:
                files = dict(_members(tar, responses + 1))
        lines = read_lines(files.pop(_CONTENTS))
        contents = Contents(int(lines["good"]), int(lines["revoked"]), read_time(lines["next update"]), lines["digest"])
    except (OSError, tarfile.TarError, KeyError, ValueError, EOFError, OverflowError):
        return None
    return contents, files


def _members(tar: tarfile.TarFile, most: int) -> Iterator[tuple[str, bytes]]:
    for number, entry in enumerate(tar):
        stream = tar.extractfile(entry) if entry.isreg() and not entry.issparse() else None
        if stream is None or entry.size > _LARGEST or number >= most:
            raise ValueError(entry.name)
        yield entry.name, stream.read(_LARGEST)
