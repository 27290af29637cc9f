# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis goes by of the probes from a gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..findings import Finding, State
from ..probe.result import ProbeResult
from ..probe.settings import DeviceFacts
from ..tls.observation import Observation

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["MediaCall", "ProbeEvidence"]


@dataclass(frozen=True)
class ProbeEvidence:
    """What a probe from the gateway saw: TLS, OPTIONS, REGISTER.

    :ivar connect: HOST:PORT
    :ivar wide: a second connection that offered all there is; None where none was made
    :ivar states: of the steps, by their names
    :ivar findings: what the probe itself makes of it
    :ivar register_status: of the answer to REGISTER; None where none came
    :ivar seen_from: the address that the server saw; empty where it does not tell
    """

    connect: str
    seen: Observation
    device: DeviceFacts
    served: tuple[x509.Certificate, ...] = ()
    wide: Observation | None = None
    states: Mapping[str, State] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    register_status: int | None = None
    seen_from: str = ""
    milliseconds: int | None = None

    @classmethod
    def of(cls, result: ProbeResult) -> ProbeEvidence:
        """What a diagnosis goes by of a probe."""
        return cls(
            connect=result.target.connect,
            seen=result.seen,
            device=result.device,
            served=result.served,
            wide=result.wide,
            states={name: step.state for name, step in result.steps.items()},
            findings=tuple(one for step in result.steps.values() for one in step.findings),
            register_status=result.registering.status if result.registering else None,
            seen_from=result.seen_from,
            milliseconds=result.milliseconds,
        )

    @property
    def host(self) -> str:
        """Without the port."""
        return self.connect.rpartition(":")[0].strip("[]").lower()

    @property
    def port(self) -> int:
        """The port."""
        return int(self.connect.rpartition(":")[2])


@dataclass(frozen=True)
class MediaCall:
    """What a call from the gateway came to.

    :ivar state: of the step
    :ivar offered: in words, such as ``sdes: AES_CM_128_HMAC_SHA1_80``
    """

    to: str
    state: State
    offered: str
    status: int | None = None
    findings: tuple[Finding, ...] = ()
