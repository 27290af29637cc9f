# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can stand beside the devices in a document: authorities, TLS handshakes that failed, and controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .device import Anchor

__all__ = [
    "AuthorityChain",
    "AuthorityEntry",
    "ByCause",
    "ByDay",
    "BySoftswitch",
    "BySource",
    "ControlEntry",
    "HandshakeFailures",
    "RevocationListEntry",
]


@dataclass(frozen=True)
class AuthorityChain:
    """The certificates from an authority up to its root, its own first.

    :ivar problem: why they do not verify
    """

    verified: bool | None = None
    problem: str = ""
    certificates: tuple[Anchor, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RevocationListEntry:
    """The CRL of an authority.

    :ivar state: ``ok``, ``due`` or ``expired``
    """

    state: str = ""
    reason: str = ""
    crl_number: str = ""
    next_update: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AuthorityEntry:
    """An authority as siptls.vos.certificate_info returns it.

    :ivar state: ``ok``, ``due``, ``expired``, ``revoked`` or ``unknown``; empty where it is not told
    :ivar more: what else that module returns of it
    """

    name: str
    state: str = ""
    reason: str = ""
    serial_number: str = ""
    subject: str = ""
    names: tuple[str, ...] = ()
    key_type: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    days_left: int | None = None
    fingerprint_sha256: str = ""
    chain: AuthorityChain | None = None
    revocation_list: RevocationListEntry | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ByCause:
    """How many handshakes failed for a cause."""

    cause: str
    count: int


@dataclass(frozen=True)
class BySource:
    """How many handshakes of an address failed."""

    source: str
    count: int


@dataclass(frozen=True)
class ByDay:
    """How many handshakes failed for a cause on a day, UTC, such as 2026-11-26."""

    day: str
    cause: str
    count: int


@dataclass(frozen=True)
class BySoftswitch:
    """How many handshakes with a softswitch failed.

    :ivar count: None where it cannot tell
    :ivar cause: why it cannot
    """

    softswitch: str
    count: int | None = None
    cause: str = ""


@dataclass(frozen=True)
class HandshakeFailures:
    """The handshakes that failed within a window, as siptls.vos.handshake_failures returns them.

    :ivar total: None where no softswitch could tell
    :ivar truncated: whether there are more records than were read
    """

    since: datetime | None = None
    until: datetime | None = None
    total: int | None = None
    records_read: int | None = None
    truncated: bool | None = None
    by_cause: tuple[ByCause, ...] = ()
    by_source: tuple[BySource, ...] = ()
    by_day: tuple[ByDay, ...] = ()
    by_softswitch: tuple[BySoftswitch, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ControlEntry:
    """A control of a framework, and what was verified of it.

    :ivar state: ``met``, ``not_met``, ``not_verified`` or ``out_of_reach``
    """

    framework: str
    control: str
    title: str = ""
    state: str = ""
    verified: tuple[str, ...] = ()
    devices_ok: int | None = None
    devices_failed: tuple[str, ...] = ()
    devices_unknown: tuple[str, ...] = ()
    when: datetime | None = None
    evidence: tuple[str, ...] = ()
    source: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
