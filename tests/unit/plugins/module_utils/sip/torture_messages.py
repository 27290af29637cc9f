# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of RFC 4475, sections 3.1 to 3.4, in torture/, each by the RFC's name for it.

They are the RFC's octet for octet, but for the ends of lines, which are LF in the files and CR LF in the messages. mpart01
has its ends of lines as they are, because its body is binary; its signature is made up, with zeros and lone CR and LF.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "torture"
_BINARY = ("mpart01",)

NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.dat")))


def octets_of(name: str) -> bytes:
    """The message of that name."""
    octets = (_FOLDER / f"{name}.dat").read_bytes()
    return octets if name in _BINARY else octets.replace(b"\n", b"\r\n")
