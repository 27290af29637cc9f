# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollover has proven, as the PKI directory keeps it: of which devices, with which certificates, and when.

A file is no proof by being there. On use it is compared with the records of certificates.

```
format: 2
authority: issuing2027            the CA that it is about
predecessor: issuing              in rollovers/; successor: issuing2027 in retirements/
proven: 2027-03-01T02:00:00Z
devices: 2
seen: gw1 4c0f...                 a device, by the name of its folder, and the serial number of its certificate then
not asked: gw9                    one with a valid certificate that was not in the inventory
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...errors import SiptlsError
from ...timestamps import read_time, write_time
from ..text.lines import write_lines

__all__ = ["FORMAT", "Proof", "unproven"]

FORMAT = "2"
_FOLDER = r"(?!\.)[A-Za-z0-9._%-]{1,255}"
_SEEN = re.compile(rf"({_FOLDER}) ([0-9a-f]{{2,40}})")
_LINE = re.compile(r"([a-z ]{1,20}): ([^\x00-\x1f\x7f]{1,400})")
_ONCE = ("format", "authority", "predecessor", "successor", "proven", "devices")
#: How much later than now a proof may say it was made: clocks of controllers differ.
_CLOCKS = timedelta(hours=1)
#: A rollover that an older version has completed cannot be proven again: the inventory knows the old CA no more.
_OLDER = (
    "remove it and run siptls.vos.rollover with the same phase again, which asks all devices and writes it (for an ML-DSA authority:"
    " siptls.vos.post_quantum with the stage anchors); where the rollover is over, and a device that missed it comes back, run"
    " siptls.vos.site with --limit DEVICE -e rollover_is_proven=true"
)


@dataclass(frozen=True)
class Proof:
    """What was proven of an authority.

    :ivar role: of ``other``: predecessor or successor
    :ivar other: the authority at the other end of the rollover
    :ivar seen: by the names of their folders, the serial numbers of the devices' certificates, in digits as in names of files
    :ivar not_asked: the folders of devices with a valid certificate that were not in the inventory
    """

    authority: str
    role: str
    other: str
    proven: datetime
    seen: Mapping[str, str]
    not_asked: frozenset[str] = frozenset()

    def render(self) -> bytes:
        """As lines of text."""
        head = {
            "format": FORMAT,
            "authority": self.authority,
            self.role: self.other,
            "proven": write_time(self.proven),
            "devices": str(len(self.seen)),
        }
        seen = "".join(f"seen: {folder} {serial}\n" for folder, serial in sorted(self.seen.items()))
        return (
            write_lines(head)
            + seen.encode()
            + "".join(f"not asked: {name}\n" for name in sorted(self.not_asked)).encode()
        )

    @classmethod
    def parse(cls, text: bytes, *, authority: str, role: str, now: datetime, where: str) -> Proof:
        """The proof that :meth:`render` wrote.

        :param authority: that it has to be about
        :raises SiptlsError: it proves nothing: of an older version, damaged, about another authority, or from the future
        """
        once: dict[str, str] = {}
        seen: dict[str, str] = {}
        not_asked: set[str] = set()
        for number, line in enumerate(text.decode("ascii", errors="replace").splitlines(), 1):
            matched = _LINE.fullmatch(line)
            name, value = matched.groups() if matched else ("", line)
            entry = _SEEN.fullmatch(value) if name == "seen" else None
            if entry and entry[1] not in seen:
                seen[entry[1]] = entry[2]
            elif name == "not asked" and re.fullmatch(_FOLDER, value):
                not_asked.add(value)
            elif name in _ONCE and name not in once:
                once[name] = value
            elif once.get("format") == FORMAT:
                raise unproven(where, f"line {number} is not one that siptls.vos.rollover writes: {line[:80]!r}")
        if once.get("format") != FORMAT:
            raise unproven(
                where, "it was written by hand or by an older version, and names no device and no certificate", _OLDER
            )
        if once.get("authority") != authority or not once.get(role):
            raise unproven(where, f"it is about {once.get('authority', 'nothing')!r}, without a {role} or with another")
        if once.get("devices") != str(len(seen)):
            raise unproven(where, f"it counts {once.get('devices')} devices and names {len(seen)}")
        return cls(authority, role, once[role], _time(once.get("proven", ""), now, where), seen, frozenset(not_asked))


def _time(text: str, now: datetime, where: str) -> datetime:
    try:
        proven = read_time(text)
    except ValueError:
        raise unproven(where, f"{text[:40]!r} is not a time") from None
    if proven > now + _CLOCKS:
        raise unproven(where, f"it was proven at {write_time(proven)}, which is in the future")
    return proven


def unproven(where: str, found: str, remedy: str = "") -> SiptlsError:
    """The error about a file that proves nothing.

    :param found: why
    :param remedy: in place of the usual one
    """
    return SiptlsError(
        "this file does not prove what a rollover has to prove",
        where=where,
        expected=f"format {FORMAT}: every device with a valid certificate, with the serial number that was seen of it",
        found=found,
        remedy=remedy
        or "restore it from git; or remove it and run siptls.vos.rollover with the same phase again, which asks all devices "
        "and writes it (for an ML-DSA authority: siptls.vos.post_quantum with the stage anchors)",
    )
