# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at configuration files on a device says (files_look.sh)."""

from __future__ import annotations

import hashlib
import posixpath

from ..module_utils.configuration.desired import ConfigurationFile
from ..module_utils.configuration.original import ABSENT, KEPT, NOTHING_KEPT, KeptOriginal
from ..module_utils.configuration.our_files import beside
from ..module_utils.configuration.plan import FileFound
from .answer import Answer
from .listing import Listed

__all__ = ["digests_in", "file_found", "kept_parameters", "previous_parameters"]

#: What a line of the record begins with that tells no digest
_NO_DIGEST = ("written", "only-loaded")


def previous_parameters(number: int, path: str) -> dict[str, str]:
    """Where what was there before a publication is kept, until that is accepted."""
    return {f"{what}_{number}": beside(path, what) for what in ("previous", "none", "first")}


def digests_in(body: str | None) -> dict[str, str | None]:
    """By path, SHA-256 in hexadecimal digits; None for a file that is not there."""
    words = (line.partition(" ") for line in (body or "").splitlines())
    # A state file also says when it was written, what was only loaded, and after a reload that failed only what was written
    return {
        path: None if digest == "-" else digest
        for digest, _blank, path in words
        if path.startswith("/") and digest not in _NO_DIGEST
    }


def file_found(answer: Answer, number: int, file: ConfigurationFile, digest: str | None) -> FileFound:
    """What a look found of one file.

    :param number: of the file in the script's parameters, from 1
    """
    line = answer.value(f"listed_{number}")
    listed = _listed(line) if line else None
    text = answer.body(f"text_{number}")
    kept = _kept(answer, number, file) if file.goes_back or file.forgets else NOTHING_KEPT
    mode, owner, group = (kept.mode, kept.owner, kept.group) if file.goes_back else (file.mode, file.owner, file.group)
    if file.keeps_mode and listed and listed.kind == "-":
        mode = listed.mode
    compares = file.present or (file.goes_back and kept.state == KEPT)
    return FileFound(
        kind=listed.kind if listed else "",
        digest=digest,
        text=None if text is None else _exact(text, digest),
        is_open=answer.value(f"open_{number}") is not None,
        drift=tuple(listed.drift(mode, owner, group)) if listed and compares else (),
        left_over=answer.value(f"left_over_{number}") is not None,
        too_large=_bytes(answer.value(f"too_large_{number}")),
        target=answer.value(f"target_{number}") or "",
        mode=listed.mode if listed else 0o644,
        kept=kept,
    )


def _bytes(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _listed(line: str) -> Listed:
    """One line of ``ls -ld``, whatever the name in it."""
    words = [*line.split(), "", "", "", ""]
    return Listed(words[0][:1], words[0][1:10], words[2], words[3], "")


def kept_parameters(number: int, path: str) -> dict[str, str]:
    """Where what was there before the first change is kept."""
    return {f"original_{number}": beside(path, "original"), f"absent_{number}": beside(path, "absent")}


def _kept(answer: Answer, number: int, file: ConfigurationFile) -> KeptOriginal:
    """What the device kept of a file before its first change."""
    line = answer.value(f"original_listed_{number}")
    if line:
        listed = _listed(line)
        digest = answer.value(f"original_digest_{number}") or None
        body = answer.body(f"original_text_{number}")
        text = None if body is None else _exact(body, digest)
        return KeptOriginal(
            KEPT, digest, text, listed.mode, _number_or_none(listed.owner), _number_or_none(listed.group)
        )
    folders = answer.body(f"no_original_{number}")
    if folders is None:
        return NOTHING_KEPT
    above = posixpath.dirname(file.path)
    made = (folder for folder in folders.splitlines() if folder != "/" and f"{above}/".startswith(f"{folder}/"))
    return KeptOriginal(ABSENT, folders=tuple(made))


def _number_or_none(text: str) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) <= 10 else ""


def _exact(text: str, digest: str | None) -> str | None:
    """The content that has this digest: a body does not tell whether the last line has an end. None for what is no text."""
    candidates = (text, text.removesuffix("\n"))
    return next(
        (each for each in candidates if hashlib.sha256(each.encode(errors="surrogateescape")).hexdigest() == digest),
        None,
    )
