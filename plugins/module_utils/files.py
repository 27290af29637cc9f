# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that writes files on the controller.

Every write goes to a temporary file beside its target, is flushed to the disk and then takes its name in one step, so that
a reader, or a run that starts after a crash, sees the old state or the new one and never a part of either.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "NewFile",
    "create_directory",
    "create_file",
    "exclusive",
    "flush_file_system",
    "replace_file",
    "write_unflushed",
]

PRIVATE = 0o600
PUBLIC = 0o644


class NewFile(NamedTuple):
    """What a file is to hold, and its permission bits."""

    content: bytes
    mode: int = PUBLIC


def create_file(path: Path, new: NewFile) -> None:
    """Creates ``path``, whole, and never over another: link(2) refuses a name that is taken.

    :raises FileExistsError: there is such a file already, which is left as it is
    """
    _make_parents(path.parent)
    temporary = _write_temporary(path, new)
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()
    _flush_directory(path.parent)


def replace_file(path: Path, new: NewFile) -> None:
    """Puts ``new`` in the place of whatever ``path`` held, by rename(2)."""
    _make_parents(path.parent)
    temporary = _write_temporary(path, new)
    try:
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def create_directory(path: Path, files: Mapping[str, NewFile]) -> None:
    """Creates the directory ``path`` with all of ``files`` in it, or nothing: the filled directory takes its name at once.

    :raises FileExistsError: there is such a directory already, which is left as it is
    """
    _make_parents(path.parent)
    staging = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
    try:
        for name, new in files.items():
            _write(staging / name, new)
        staging.chmod(0o755)
        _flush_directory(staging)
        _take_name(staging, path)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    _flush_directory(path.parent)


def write_unflushed(path: str, new: NewFile) -> None:
    """Writes a file that nobody reads yet, for many at a time: what it holds is certain after :func:`flush_file_system`.

    The folder has to be there; what ``path`` held is lost.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
    try:
        os.write(descriptor, new.content)
        if new.mode != PRIVATE:
            os.fchmod(descriptor, new.mode)
    finally:
        os.close(descriptor)


def flush_file_system(path: Path) -> None:
    """Flushes all that was written to the file system of ``path``, by syncfs(2): one call for any number of files."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if syncfs is None or syncfs(descriptor) != 0:
            os.sync()
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Lets one process at a time in, whatever host of a shared file system it is on; a process that dies lets go."""
    _make_parents(path.parent)
    with path.open("w") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        yield


def _take_name(staging: Path, path: Path) -> None:
    """rename(2) of a directory: refuses a directory that holds something, so the first of two runs wins."""
    try:
        staging.rename(path)
    except OSError as error:
        if path.exists():
            raise FileExistsError(f"{path} exists") from error
        raise


def _make_parents(directory: Path) -> None:
    """Makes what is missing of ``directory`` and flushes the names it made."""
    missing = [parent for parent in (directory, *directory.parents) if not parent.is_dir()]
    directory.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _flush_directory(made.parent)


def _write_temporary(path: Path, new: NewFile) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        _write(temporary, new)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _write(path: Path, new: NewFile) -> None:
    """Writes with mode 0600 from the first byte; the wider mode, if any, comes when the content is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(new.content)
        stream.flush()
        os.fchmod(stream.fileno(), new.mode)
        os.fsync(stream.fileno())


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
