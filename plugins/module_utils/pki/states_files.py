# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and texts of a PKI directory, read fast and one at a time, for telling how it stands with what is in it."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import SiptlsError
from .certificates import serial_digits
from .directory import PkiDirectory, device_name, file_name
from .states import Revoked

__all__ = ["RevokedSerials", "check_is_pki", "file_names", "names_in", "read_file"]


class RevokedSerials:
    """Which certificates were revoked. All names are read at once; a text is read only for a certificate asked about."""

    def __init__(self, directory: PkiDirectory) -> None:
        self._directory = directory
        folder = directory.path / "revocations"
        self._by_authority = {
            name: frozenset(file_names(folder / file_name(name), ".txt")) for name in names_in(folder)
        }

    def find(self, authority: str, serial: int) -> Revoked | None:
        """The revocation of the certificate with this serial number of this authority; None where it is not revoked."""
        if f"{serial_digits(serial)}.txt" not in self._by_authority.get(authority, ()):
            return None
        try:
            record = self._directory.revocation(authority, serial)
        except SiptlsError as error:
            return Revoked.somehow(error)
        return Revoked.by(record) if record else None


def check_is_pki(path: Path) -> None:
    """Makes sure that ``path`` is a PKI directory.

    :raises SiptlsError: it is none
    """
    if (path / "authorities").is_dir():
        return
    raise SiptlsError(
        "there is no PKI directory here",
        where=str(path),
        expected="a folder with authorities/ in it, as siptls.vos.authority makes it",
        found="a folder without it" if path.is_dir() else "a file" if path.exists() else "nothing",
        remedy="correct the path; or make the first authority",
    )


def names_in(folder: Path) -> list[str]:
    """The names that the entries of a folder stand for, sorted; none where there is no such folder."""
    return sorted(device_name(name) for name in file_names(folder))


def file_names(folder: Path, ending: str = "") -> list[str]:
    """The entries of a folder with this ending, in no order; none where there is no such folder.

    :raises SiptlsError: the folder cannot be read
    """
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.name.endswith(ending) and not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _cannot_read(folder, error) from None


def read_file(path: Path) -> bytes:
    """What a file holds.

    :raises SiptlsError: it cannot be read
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise _cannot_read(path, error) from None


def _cannot_read(path: Path, error: OSError) -> SiptlsError:
    return SiptlsError(
        "this part of the PKI directory cannot be read",
        where=str(path),
        found=error.strerror or str(error),
        remedy="restore it from git, or correct its permissions",
    )
