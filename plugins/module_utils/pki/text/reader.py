# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to the files of the PKI directory: regular files of a bounded size, and no symbolic link below its root.

Whoever can merge can put anything into the directory that git carries, a symbolic link to ``/dev/zero`` or to ``/etc`` among it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ...errors import SiptlsError
from ...files import NewFile, create_file, replace_file

__all__ = ["CRL_LIMIT", "PROOF_LIMIT", "TEXT_LIMIT", "PkiFiles", "read_regular"]

#: Bytes of a record, a key, a chain or any other file of the PKI directory.
TEXT_LIMIT = 1 << 20
#: Bytes of a CRL: room for half a million revoked certificates.
CRL_LIMIT = 32 << 20
#: Bytes of what a rollover has proven: a line for each device.
PROOF_LIMIT = 16 << 20

_CHUNK = 1 << 16
_RESTORE = "restore it from git, or correct its permissions"


def read_regular(path: Path | str, limit: int = TEXT_LIMIT) -> bytes:
    """The content of a regular file.

    :param limit: how many bytes it may have
    :raises SiptlsError: it is missing, unreadable, too large, or something other than a regular file; a link is not followed
    """
    try:
        # A FIFO without a writer would block open(2)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if Path(path).is_symlink():
            raise _is_link(path) from None
        raise _cannot_read(path, error) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(path, status.st_mode)
        return _read_all(descriptor, path, limit)
    except OSError as error:
        raise _cannot_read(path, error) from None
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, path: Path | str, limit: int) -> bytes:
    content = os.read(descriptor, _CHUNK)
    if len(content) < _CHUNK:
        return content
    parts, size = [content], len(content)
    while content := os.read(descriptor, _CHUNK):
        parts.append(content)
        size += len(content)
        if size > limit:
            raise SiptlsError(
                "a file of the PKI directory is too large",
                where=str(path),
                expected=f"at most {limit} bytes",
                remedy="restore it from git, or remove it if it does not belong there",
            )
    return b"".join(parts)


def _file_names(folder: Path, ending: str) -> list[str]:
    """In no order; none where there is no such folder. The folder itself may not be a symbolic link."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if Path(folder).is_symlink():
            raise _is_link(folder) from None
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return []
        raise _cannot_read(folder, error) from None
    try:
        with os.scandir(descriptor) as entries:
            return [entry.name for entry in entries if entry.name.endswith(ending) and not entry.name.startswith(".")]
    except OSError as error:
        raise _cannot_read(folder, error) from None
    finally:
        os.close(descriptor)


class PkiFiles:
    """The files of one PKI directory.

    :param root: the directory; it may itself be reached through symbolic links, for that is the operator's choice
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._plain: set[str] = {self._root}

    def read(self, path: Path, limit: int = TEXT_LIMIT) -> bytes:
        """The content of a file.

        :raises SiptlsError: see :func:`read_regular`; or a folder on the way to it is a symbolic link
        """
        self.check_folders(path)
        return read_regular(path, limit)

    def names(self, folder: Path, ending: str = "") -> list[str]:
        """The entries of a folder with this ending, sorted; none where there is no such folder.

        :raises SiptlsError: it cannot be read, or it or a folder on the way to it is a symbolic link
        """
        self.check_folders(folder)
        return sorted(_file_names(folder, ending))

    def has(self, path: Path) -> bool:
        """Whether there is an entry with this name, whatever it is.

        :raises SiptlsError: a folder on the way to it is a symbolic link
        """
        self.check_folders(path)
        return os.path.lexists(path)

    def writable(self, path: Path) -> Path:
        """``path``, where no symbolic link leads a write out of the directory.

        :raises SiptlsError: it or a folder on the way to it is a symbolic link
        """
        self.check_folders(path)
        if Path(path).is_symlink():
            raise _is_link(path)
        return path

    def create(self, path: Path, content: bytes) -> None:
        """Puts a file there, whole and durably, and never over another.

        :raises FileExistsError: there is one already, which is left as it is
        :raises SiptlsError: it or a folder on the way to it is a symbolic link, or the file system refused
        """
        create_file(self.writable(path), NewFile(content))

    def replace(self, path: Path, content: bytes) -> None:
        """Puts a file there in place of whatever it held.

        :raises SiptlsError: it or a folder on the way to it is a symbolic link, or the file system refused
        """
        replace_file(self.writable(path), NewFile(content))

    def check_folders(self, path: Path) -> None:
        """Refuses a path with a symbolic link in place of a folder between the PKI directory and its last component.

        :raises SiptlsError: there is one
        """
        # As text: of each device a folder, and pathlib would take longer than the signature
        parent = os.path.dirname(path)  # noqa: PTH120
        if parent in self._plain:
            return
        at = len(self._root)
        while at < len(parent):
            end = parent.find("/", at + 1)
            at = len(parent) if end < 0 else end
            folder = parent[:at]
            if folder not in self._plain and os.path.islink(folder):  # noqa: PTH114
                raise _is_link(folder)
            self._plain.add(folder)


def _is_link(path: Path | str) -> SiptlsError:
    return SiptlsError(
        "a symbolic link in the PKI directory is not followed",
        where=str(path),
        expected="regular files and folders",
        remedy="restore the file or folder from git, or remove the link; the PKI directory itself may be a link",
    )


def _not_regular(path: Path | str, mode: int) -> SiptlsError:
    kinds = ((stat.S_ISDIR, "directory"), (stat.S_ISFIFO, "FIFO"), (stat.S_ISSOCK, "socket"))
    kind = next((words for is_kind, words in kinds if is_kind(mode)), "device")
    return SiptlsError(
        "this part of the PKI directory cannot be read",
        where=str(path),
        found=f"Is a {kind} and no regular file",
        remedy=_RESTORE,
    )


def _cannot_read(path: Path | str, error: OSError) -> SiptlsError:
    return SiptlsError(
        "this part of the PKI directory cannot be read",
        where=str(path),
        found=error.strerror or str(error),
        remedy=_RESTORE,
    )
