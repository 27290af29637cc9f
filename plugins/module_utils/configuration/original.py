# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as they were before this collection first wrote to them: what a device kept of them, and what they are to be again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import SiptlsError
from ..ini import LARGEST_FILE, IniError, merge_ini, parse_ini
from ..ini_restore import missing_keys, restore_ini
from .desired import ConfigurationFile

__all__ = ["ABSENT", "KEPT", "NOTHING_KEPT", "UNKNOWN", "KeptOriginal", "Restored", "restored"]

KEPT = "kept"
ABSENT = "absent"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class KeptOriginal:
    """What a device kept of a file before its first change.

    :ivar state: KEPT; ABSENT where there was no file; UNKNOWN where the first change was made by a version that kept nothing
    :ivar digest: SHA-256 of the copy, hexadecimal
    :ivar text: its content, where it was asked for and arrived as it is
    :ivar mode: its permission bits
    :ivar owner: a number, so for the group
    :ivar folders: that were made for the file, the deepest first
    """

    state: str = UNKNOWN
    digest: str | None = None
    text: str | None = None
    mode: int = 0o644
    owner: str = ""
    group: str = ""
    folders: tuple[str, ...] = ()


NOTHING_KEPT = KeptOriginal()


@dataclass(frozen=True)
class Restored:
    """What a file is to be again.

    :ivar file: with the owner and mode of before; not present where it is to go
    :ivar content: what it is to hold; None where it stays as it is, or is the copy that the device kept
    :ivar copies: whether it is that copy, byte for byte
    :ivar unknown: whether nobody knows what it was
    :ivar missing: keys that the file will not have afterwards, by section, ``section.key``
    """

    file: ConfigurationFile
    content: str | None = None
    copies: bool = False
    unknown: bool = False
    missing: tuple[str, ...] = ()


def restored(file: ConfigurationFile, kept: KeptOriginal, *, there: bool, text: str | None, mode: int) -> Restored:
    """What the file is to be again.

    :param there: whether there is a file now
    :param text: its content, where the file merges; None where it could not be read
    :param mode: its permission bits now
    :raises SiptlsError: one of the files cannot be read as INI
    """
    as_it_was = replace(file, mode=kept.mode, owner=kept.owner, group=kept.group, present=True)
    as_it_is = replace(file, mode=mode, owner="", group="", present=True)
    gone = replace(file, present=False)
    if file.merges:
        return _merged(file, kept, there, text, as_it_was if kept.state == KEPT else as_it_is)
    if kept.state == KEPT:
        return Restored(as_it_was, kept.text, copies=True)
    if kept.state == ABSENT or file.replacement == "":
        return Restored(gone)
    if file.replacement is not None:
        return Restored(as_it_is, file.replacement)
    return Restored(as_it_is, unknown=there)


def _merged(
    file: ConfigurationFile, kept: KeptOriginal, there: bool, text: str | None, back: ConfigurationFile
) -> Restored:
    if (there and text is None) or (kept.state == KEPT and kept.text is None):
        raise SiptlsError(
            "the file cannot be restored: its content, or that of its copy, does not arrive as it is",
            where=file.path,
            expected=f"text without NUL characters, {LARGEST_FILE} bytes at most",
        )
    original = kept.text if kept.state == KEPT else "" if kept.state == ABSENT else None
    try:
        content = restore_ini(text or "", original, file.settings) if there else original or ""
        content = merge_ini(content, parse_ini(file.replacement)) if file.replacement else content
        missing = tuple(
            f"{section}.{key}"
            for section, settings in file.settings.items()
            for key in missing_keys(content, section, settings)
        )
    except IniError as error:
        raise error.about(file.path, "the file cannot be restored") from None
    unknown = kept.state == UNKNOWN
    if not content.strip() and (kept.state == ABSENT or not (there or kept.state == KEPT)):
        return Restored(replace(file, present=False), unknown=unknown and there, missing=missing)
    return Restored(back, content, unknown=unknown, missing=missing)
