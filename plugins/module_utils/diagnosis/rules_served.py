# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in use against what is on disk: a rotation is over when the service has loaded the files."""

from __future__ import annotations

from collections.abc import Iterator

from ..pki.certificates import serial_hex
from .cause import Cause, CauseId, Certainty, Where, rotate
from .evidence import Evidence

__all__ = ["RULES"]


def softswitch_behind(evidence: Evidence) -> Iterator[Cause]:
    """A new connection to the softswitch gets another certificate than the one on its disk."""
    softswitch, probed = evidence.softswitch, evidence.probed
    leaf = softswitch.own.leaf if softswitch else None
    if softswitch is None or leaf is None:
        return
    # A softswitch with two chains serves one or the other, by the name that is asked for
    seen = [one for one in (serial_hex(probed.served[0]) if probed and probed.served else "", softswitch.served) if one]
    if not seen or serial_hex(leaf) in seen:
        return
    served = seen[0]
    service = softswitch.service
    complaints = [line for line in service.log if "error" in line.lower() or "failed" in line.lower()]
    held = sum(one.serial not in ("", serial_hex(leaf)) for one in softswitch.connections)
    yield Cause(
        CauseId.SERVED_BEHIND_DISK,
        f"{softswitch.name} still serves an old certificate ({served}); on its disk is {serial_hex(leaf)}: it was not reloaded",
        Certainty.CERTAIN,
        Where.SOFTSWITCH,
        softswitch.name,
        (
            f"serial number on disk {serial_hex(leaf)}, on a new connection {served}, on {held} established connections another one",
            *(f"log: {line[:160]}" for line in complaints[-1:]),
        ),
        f"reload the service ({service.name}); a reload serves new connections only, and established ones keep theirs",
        rotate(softswitch.name),
    )


def device_behind(evidence: Evidence) -> Iterator[Cause]:
    """The gateway is registered over a connection with another certificate than the one on its disk."""
    softswitch, device = evidence.softswitch, evidence.device
    leaf = device.own.leaf
    if softswitch is None or leaf is None:
        return
    used = [one for one in evidence.own_registrations if one.serial]
    if not used or any(one.serial == serial_hex(leaf) for one in used):
        return
    age = f", since {used[0].seconds} s" if used[0].seconds is not None else ""
    yield Cause(
        CauseId.DEVICE_BEHIND_DISK,
        f"{device.name} is registered with an old certificate ({used[0].serial}); on its disk is {serial_hex(leaf)}: it was not reloaded",
        Certainty.CERTAIN,
        Where.DEVICE,
        device.name,
        (f"serial number on disk {serial_hex(leaf)}, on the established connection {used[0].serial}{age}",),
        f"reload the service ({device.service.name}) between calls",
        rotate(device.name),
    )


RULES = (softswitch_behind, device_behind)
