# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that writes files on the controller.

Every write goes to a temporary file beside its target, is flushed to the disk and then takes its name in one step, so that
a reader, or a run that starts after a crash, sees the old state or the new one and never a part of either.

What the file system refuses is raised as a SiptlsError that names the file, what is needed and the fix. FileExistsError alone
passes as it is: callers decide by it. Modes are explicit and do not depend on the umask.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from .errors import SiptlsError
from .file_errors import MOVE, file_error, writing

__all__ = [
    "FOLDER",
    "PRIVATE",
    "PRIVATE_FOLDER",
    "PUBLIC",
    "NewFile",
    "create_directory",
    "create_file",
    "exclusive",
    "flush_file_system",
    "link_file",
    "make_folder",
    "replace_file",
    "write_unflushed",
]

PRIVATE = 0o600
PUBLIC = 0o644
PRIVATE_FOLDER = 0o700
FOLDER = 0o755

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
# What link(2) says where there are no hard links: vfat, exFAT, some SMB and FUSE file systems
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
# What fsync(2) of a folder says where a folder cannot be flushed: some NFS, SMB and FUSE file systems
_CANNOT_FLUSH = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS})
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_NO_MODES = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})


class NewFile(NamedTuple):
    """What a file is to hold, and its permission bits."""

    content: bytes
    mode: int = PUBLIC


def create_file(path: Path, new: NewFile, *, folder_mode: int = FOLDER) -> None:
    """Creates ``path``, whole, and never over another: a name that is taken is refused.

    :param folder_mode: of the folders that are missing above it
    :raises FileExistsError: there is such a file already, which is left as it is
    :raises SiptlsError: the file system refused
    """
    make_folder(path.parent, folder_mode)
    with writing(path):
        temporary = _write_temporary(path, new)
        try:
            _take_free_name(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _flush_directory(path.parent)


def link_file(source: Path | str, path: Path) -> None:
    """Gives an unflushed file a second name, never over another; where there are no hard links, ``path`` becomes a copy.

    :raises FileExistsError: the name is taken
    :raises SiptlsError: the file system refused
    """
    make_folder(path.parent, flush=False)
    with writing(path):
        try:
            os.link(source, path)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            create_file(path, NewFile(Path(source).read_bytes()))


def replace_file(path: Path, new: NewFile, *, folder_mode: int = FOLDER) -> None:
    """Puts ``new`` in the place of whatever ``path`` held, by rename(2).

    :param folder_mode: of the folders that are missing above it
    :raises SiptlsError: the file system refused
    """
    make_folder(path.parent, folder_mode)
    with writing(path):
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
    :raises SiptlsError: the file system refused
    """
    make_folder(path.parent)
    with writing(path):
        staging = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
        try:
            for name, new in files.items():
                _write(staging / name, new)
            _set_folder_mode(staging, FOLDER)
            _flush_directory(staging)
            _take_name(staging, path)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        _flush_directory(path.parent)


def write_unflushed(path: str, new: NewFile) -> None:
    """Writes a file that nobody reads yet, for many at a time: what it holds is certain after :func:`flush_file_system`.

    The folder has to be there; what ``path`` held is lost.

    :raises SiptlsError: the file system refused
    """
    with writing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
        try:
            left = memoryview(new.content)
            # write(2) may take a part only
            while left:
                left = left[os.write(descriptor, left) :]
            _set_mode(descriptor, path, new.mode)
        finally:
            os.close(descriptor)


def flush_file_system(path: Path) -> None:
    """Flushes all that was written to the file system of ``path``, by syncfs(2): one call for any number of files.

    :raises SiptlsError: the file system refused
    """
    with writing(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
            if syncfs is None or syncfs(descriptor) != 0:
                os.sync()
        finally:
            os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Lets one process at a time in, whatever host of a shared file system it is on; a process that dies lets go.

    :raises SiptlsError: the file system has no locks, or refused the file
    """
    make_folder(path.parent)
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PUBLIC)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise file_error(path, error) from None
            raise SiptlsError(
                "the file system has no locks, so two runs could make one thing twice",
                where=str(path),
                expected="advisory locks (fcntl(2), F_SETLKW)",
                found=error.strerror or str(error),
                remedy=f"NFS: start rpc.statd and mount without nolock; SMB: mount without nobrl; or {MOVE}",
            ) from None
        yield
    finally:
        os.close(descriptor)


def make_folder(directory: Path, mode: int = FOLDER, *, flush: bool = True) -> None:
    """Makes what is missing of ``directory``, with this mode whatever the umask, and flushes the names it made.

    Below a folder with the set-group-ID bit, whose group shares what is in it, public folders can be written by the group as well.

    :param flush: False where :func:`flush_file_system` follows
    :raises SiptlsError: the file system refused
    """
    if directory.is_dir():
        return
    with writing(directory):
        for parent in reversed([directory, *directory.parents]):
            if parent.is_dir():
                continue
            with suppress(FileExistsError):
                parent.mkdir(mode)
                _set_folder_mode(parent, mode)
            if flush:
                _flush_directory(parent.parent)
        if not directory.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def _set_folder_mode(folder: Path, mode: int) -> None:
    above = folder.parent.stat().st_mode
    if mode == FOLDER and above & stat.S_ISGID:
        mode |= stat.S_ISGID | above & stat.S_IWGRP
    if stat.S_IMODE(folder.stat().st_mode) == mode:
        return
    try:
        folder.chmod(mode)
    except OSError as error:
        if error.errno not in _NO_MODES:
            raise
    _check_private(folder.stat().st_mode, mode, folder)


def _set_mode(descriptor: int, path: Path | str, mode: int) -> None:
    """The mode of a file that was made with 0600. Where the file system keeps none, only a public file can do without."""
    try:
        os.fchmod(descriptor, mode)
    except OSError as error:
        if error.errno not in _NO_MODES:
            raise
    _check_private(os.fstat(descriptor).st_mode, mode, path)


def _check_private(found: int, wanted: int, path: Path | str) -> None:
    if not wanted & 0o077 and found & 0o077:
        raise SiptlsError(
            "the file system does not keep permission bits, so others could read a private key",
            where=str(path),
            expected=f"mode {wanted:04o}",
            found=f"mode {stat.S_IMODE(found):04o}",
            remedy=f"mount it with umask=077 (vfat, exFAT) or file_mode=0600,dir_mode=0700 (SMB), or {MOVE}",
        )


def _take_free_name(temporary: Path, path: Path) -> None:
    """link(2) refuses a name that is taken; so does renameat2(2) with RENAME_NOREPLACE, where there are no hard links."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        linked = error
    else:
        return
    refusal = _rename_to_free_name(temporary, path)
    if refusal == errno.EEXIST:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    if refusal in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        raise SiptlsError(
            "the file system cannot create a file without replacing another",
            where=str(path),
            expected="hard links (link(2)), or renameat2(2) with RENAME_NOREPLACE",
            found=f"link: {linked.strerror}; renameat2: {os.strerror(refusal)}",
            remedy=MOVE,
        )
    if refusal:
        raise OSError(refusal, os.strerror(refusal), str(path))


def _rename_to_free_name(temporary: Path, path: Path) -> int:
    """renameat2(2) with RENAME_NOREPLACE: 0, or the error number."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return errno.ENOSYS
    names = os.fsencode(temporary), os.fsencode(path)
    failed = renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_NOREPLACE)
    return ctypes.get_errno() if failed else 0


def _take_name(staging: Path, path: Path) -> None:
    """rename(2) of a directory: refuses a directory that holds something, so the first of two runs wins."""
    try:
        staging.rename(path)
    except OSError as error:
        if path.exists():
            raise FileExistsError(f"{path} exists") from error
        raise


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
        _set_mode(stream.fileno(), path, new.mode)
        os.fsync(stream.fileno())


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        os.close(descriptor)
