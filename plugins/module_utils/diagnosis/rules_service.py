# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway itself: whether its service runs, and whether it is registered. Both mostly follow from something else."""

from __future__ import annotations

from collections.abc import Iterator

from ..sip.aor import normal_aor
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, Service
from .remedy import by_hand, on_device
from .renewing import restarted

__all__ = ["RULES", "last_words"]

_LATEST = 8
_COMPLAINTS = ("error", "cannot", "can't", "fail", "fatal", "critical", "invalid", "unable", "denied", "no such")


def service_down(evidence: Evidence) -> Iterator[Cause]:
    """The gateway's service does not run."""
    service, name = evidence.device.service, evidence.device.name
    if not service.is_down:
        return
    yield Cause(
        CauseId.DEVICE_SERVICE_DOWN,
        f"the service {service.name} of {name} does not run: it is {service.state}",
        Certainty.CERTAIN,
        Where.DEVICE,
        name,
        (f"systemd: {service.name} {service.state}", *last_words(service)),
        "start it; its log says what it has against that, if anything",
        restarted(evidence.device),
    )


def not_registered(evidence: Evidence) -> Iterator[Cause]:
    """The softswitch does not hold the gateway's registration."""
    softswitch = evidence.softswitch
    if softswitch is None or softswitch.registrations is None:
        return
    if evidence.is_registered:
        return
    aor = normal_aor(evidence.aor)
    yield Cause(
        CauseId.NOT_REGISTERED,
        f"{aor} is not registered at {softswitch.name}",
        Certainty.LIKELY,
        Where.DEVICE,
        evidence.device.name,
        (f"{softswitch.name} holds {len(softswitch.registrations)} registrations, and not this one",),
        "see what its client logs; after a failure it tries again after 30 s and more (RFC 5626, section 4.5)",
        on_device(evidence.device.name, evidence.device.load)
        if evidence.device.load
        else by_hand(f"restart the SIP client of {evidence.device.name}"),
    )


def last_words(service: Service) -> tuple[str, ...]:
    """What it wrote last as an error, for a reader; its last line where none is like that."""
    latest = service.log[-_LATEST:]
    complaints = [line for line in latest if any(word in line.lower() for word in _COMPLAINTS)] or list(latest)
    last = service.complaint or next(reversed(complaints), "")
    return (f"log: {last[:160]}",) if last else ()


RULES = (service_down, not_registered)
