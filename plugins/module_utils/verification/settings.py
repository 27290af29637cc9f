# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device is to be, and what it showed: all that the checks go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..fleet.device import Kind
from ..pki.x509.identity import Identity
from ..probe.result import ProbeResult, Registering
from ..probe.settings import DeviceFile, Own
from ..sip.registrations import Connection, Registration

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["FileMode", "Observed", "OwnConnection", "VerificationTarget"]


@dataclass(frozen=True)
class VerificationTarget:
    """What the inventory says.

    :ivar device: its name in the inventory, and so in the PKI directory
    :ivar aor: what a gateway registers; empty for a softswitch
    :ivar owner: of its files, a name or number; empty for any; so for the group
    :ivar anchors: what its trust bundle is to hold, and nothing else
    :ivar renew_before: how long before its end a certificate is replaced; so for the anchors and the revocation lists
    :ivar clock_tolerance: seconds
    :ivar min_version: of TLS, as OpenSSL calls it
    :ivar groups: of which one is to be agreed on; empty for any
    """

    device: str
    kind: Kind
    identity: Identity
    aor: str
    owner: str
    group: str
    anchors: tuple[x509.Certificate, ...]
    renew_before: timedelta
    anchors_renew_before: timedelta
    lists_renew_before: timedelta
    clock_tolerance: int
    min_version: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileMode:
    """Owner and permissions of a file, behind symlinks.

    :ivar permissions: as ls shows them, such as ``rw-------``
    """

    permissions: str
    owner: str
    group: str


@dataclass(frozen=True)
class Observed:
    """What a device showed of itself.

    :ivar now: the time by the controller's clock, UTC
    :ivar ahead: seconds that the device's clock is ahead of it
    :ivar openssl: what ``openssl version`` says; empty where there is none
    :ivar certificates: of the certificate file, the device's own first; empty where it cannot be read
    :ivar modes: by ``certificate``, ``private_key``, ``trust_bundle`` and ``folder``
    :ivar processor: the name of the line of /proc/cpuinfo that lists what the processor can; empty where there is none
    :ivar has_aes: whether ``aes`` is in that line
    :ivar connections: of a softswitch; None where it was not asked, or does not tell
    :ivar connections_problem: why it does not tell
    """

    now: datetime
    ahead: int
    openssl: str
    own: Own
    trust_bundle: DeviceFile
    crl: DeviceFile
    certificates: tuple[x509.Certificate, ...] = ()
    bundle: tuple[x509.Certificate, ...] = ()
    modes: Mapping[str, FileMode] = field(default_factory=dict)
    processor: str = ""
    has_aes: bool = False
    connections: tuple[Connection, ...] | None = None
    connections_problem: str = ""

    @property
    def leaf(self) -> x509.Certificate | None:
        """The device's own certificate; None where none can be read."""
        return next(iter(self.certificates), None)


@dataclass(frozen=True)
class OwnConnection:
    """What a connection with the device's own certificate showed.

    :ivar result: None where there was none
    :ivar problem: why there was none; empty where it was not asked for
    :ivar registrations: what the softswitch says of who is registered; None where nobody knows
    """

    result: ProbeResult | None = None
    problem: str = ""
    registrations: tuple[Registration, ...] | None = None

    @property
    def registering(self) -> Registering:
        """The answer to a REGISTER that asks what is registered."""
        return (self.result and self.result.registering) or Registering()
