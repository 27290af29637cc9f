# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file system refuses on the controller, as an error that names the file, what is needed and the fix."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import SiptlsError

__all__ = ["MOVE", "file_error", "writing"]

#: The remedy where a file system lacks something for good.
MOVE = "move the folder to a local Linux file system such as ext4, XFS or Btrfs"


def file_error(path: Path | str, error: OSError, *, what: str = "written") -> SiptlsError:
    """What the file system refused, as an error that names the file, the need and the fix.

    :param what: what was to be done with the file: ``read`` or ``written``
    """
    user, folder = os.geteuid(), Path(path).parent
    may_not = (
        f"permission for the user {user}",
        f"let the user {user}, who runs Ansible, {'read the file' if what == 'read' else f'write to the folder {folder}'}",
    )
    needs: dict[int | None, tuple[str, str]] = {
        errno.ENOSPC: ("room on the file system", "make room on it, then run again"),
        errno.EDQUOT: (f"room in the quota of the user {user}", "raise the quota or delete files, then run again"),
        errno.EROFS: ("a file system that is mounted read-write", "remount it read-write, or use another folder"),
        errno.EACCES: may_not,
        errno.EPERM: may_not,
        errno.EBUSY: ("a file that can be replaced by rename(2)", f"mount the folder {folder}, and not the file alone"),
        errno.ELOOP: ("a file, and not a symbolic link", "remove the link"),
        errno.ENAMETOOLONG: ("a shorter name", "choose a shorter name; most file systems allow 255 bytes"),
        errno.ENOTDIR: ("folders in the path", "correct the path"),
        errno.ESTALE: ("a network file system that is connected", "mount it again"),
        errno.EIO: ("a disk without errors", "look for errors of the disk in the kernel's log"),
    }
    other = ("a file system as described under 'File system of the controller' in the reference", MOVE)
    expected, remedy = needs.get(error.errno, other)
    return SiptlsError(
        f"the file cannot be {what} on the controller",
        where=str(path),
        expected=expected,
        found=error.strerror or str(error),
        remedy=remedy,
    )


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Raises what the file system refuses within as a SiptlsError about ``path``, except for FileExistsError."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise file_error(path, error) from None
