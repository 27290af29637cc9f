# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server resumes TLS sessions, and for how long it says that it does (RFC 5077; RFC 8446, section 4.6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from ..durations import format_duration

__all__ = ["Resumption", "notes_on", "resumption_of"]

_HINT = re.compile(r"ticket lifetime hint: ([0-9]{1,9})")
_VERSIONS = {"tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}


@dataclass(frozen=True)
class Resumption:
    """What some connections of one version showed.

    :ivar version: as OpenSSL calls it
    :ivar handshakes: how many came to their end
    :ivar attempts: how many of them offered a session
    :ivar resumed: how many of these were resumed
    :ivar lifetime: as the server announces it; None where it does not
    """

    version: str
    handshakes: int
    attempts: int
    resumed: int
    lifetime: timedelta | None

    def as_dictionary(self) -> dict[str, int | str | None]:
        """For a task; the lifetime in seconds."""
        seconds = None if self.lifetime is None else int(self.lifetime.total_seconds())
        return {
            "version": self.version,
            "handshakes": self.handshakes,
            "attempts": self.attempts,
            "resumed": self.resumed,
            "lifetime": seconds,
        }


def resumption_of(connections: Iterable[tuple[str, str]]) -> tuple[Resumption, ...]:
    """What these show, by version.

    :param connections: of each its version, as the option of ``openssl s_client`` without its dash, and what openssl said. The first of
        a version offers no session
    """
    by_version: dict[str, list[str]] = {}
    for option, said in connections:
        by_version.setdefault(option, []).append(said)
    return tuple(_of(_VERSIONS[option], texts) for option, texts in by_version.items() if option in _VERSIONS)


def _of(version: str, texts: list[str]) -> Resumption:
    whole = [
        any(line.startswith((f"New, {version}", f"Reused, {version}")) for line in text.splitlines()) for text in texts
    ]
    hints = [int(found) for text in texts for found in _HINT.findall(text)]
    return Resumption(
        version=version,
        handshakes=sum(whole),
        attempts=sum(whole[1:]),
        resumed=sum(f"Reused, {version}" in text for text in texts),
        lifetime=timedelta(seconds=max(hints)) if hints else None,
    )


def notes_on(seen: Iterable[Resumption], *, cache: str, timeout: timedelta) -> list[str]:
    """Where the server does otherwise than its settings say, in words. What was not seen is no reason to say anything.

    :param cache: ``none``, or ``shared:SIZE``
    :param timeout: how long a session is to be resumable
    """
    notes = []
    for one in seen:
        if one.resumed and cache == "none":
            notes.append(
                f"{one.version}: sessions are resumed, though no cache is wanted: by tickets, which need none (RFC 5077)"
            )
        if one.attempts and not one.resumed and cache != "none":
            notes.append(f"{one.version}: no session was resumed in {one.attempts} attempts, though a cache is wanted")
        if one.lifetime is not None and one.resumed and one.lifetime != timeout:
            announced, wanted = format_duration(one.lifetime), format_duration(timeout)
            notes.append(f"{one.version}: the softswitch announces {announced} for a session, and {wanted} is wanted")
    return notes
