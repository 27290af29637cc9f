# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rotation needs of a platform, known from the first day on by the inventory alone. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["GatewayPlatform", "Need", "SoftswitchPlatform", "needs_of", "needs_of_gateway", "needs_of_softswitch"]

Code = Literal["calls", "registrations", "certificates", "set_up"]


@dataclass(frozen=True)
class Need:
    """Why siptls.vos.rotate would refuse a device as soon as something is due there.

    :ivar code: ``calls``, whether calls are up is not told; ``registrations``, who is registered is not told; ``certificates``, with
        which certificate somebody is registered is not told; ``set_up``, it is not on TLS at all
    :ivar cause: a clause
    :ivar remedy: what to set, a clause
    """

    code: Code
    cause: str
    remedy: str


@dataclass(frozen=True)
class SoftswitchPlatform:
    """What the inventory says of a softswitch.

    :ivar proof: ``vos_registration_proof``
    :ivar registrations_command: whether there is a ``vos_registrations_command``
    :ivar set_up: whether siptls.vos.site has set it up, as far as is known
    """

    host: str
    proof: str
    registrations_command: bool
    set_up: bool = True


@dataclass(frozen=True)
class GatewayPlatform:
    """What the inventory says of a gateway and its softswitch, and what that softswitch told, where it was asked.

    :ivar softswitch: its name; empty for none in the inventory
    :ivar proof: ``gateway_registration_proof``
    :ivar registrations_command: whether its softswitch has a ``vos_registrations_command``
    :ivar calls_command: whether there is a ``gateway_calls_command``
    :ivar when_busy: ``gateway_when_busy``
    :ivar registered: how many are registered at its softswitch; 0 where that was not asked
    :ivar certificates_known: of how many of them it is told with which certificate
    :ivar set_up: whether siptls.vos.site has set it up, as far as is known
    """

    host: str
    softswitch: str
    proof: str
    registrations_command: bool
    calls_command: bool
    when_busy: str
    registered: int = 0
    certificates_known: int = 0
    set_up: bool = True


def needs_of(device: Mapping[str, Any]) -> list[Need]:
    """What is missing for a rotation of a device.

    :param device: as the filter siptls.vos.rotation_needs takes it
    :raises KeyError: it lacks an entry; so AttributeError, TypeError and ValueError for one of another type
    """
    host, proof = str(device["host"]), str(device["proof"])
    tells = bool(device["registrations_command"])
    if device["kind"] == "softswitch":
        return needs_of_softswitch(SoftswitchPlatform(host, proof, tells, set_up=device.get("set_up") is not False))
    seen = device.get("seen") or {}
    return needs_of_gateway(
        GatewayPlatform(
            host=host,
            softswitch=str(device["softswitch"]),
            proof=proof,
            registrations_command=tells,
            calls_command=bool(device["calls_command"]),
            when_busy=str(device["when_busy"]),
            registered=int(seen.get("count", 0)),
            certificates_known=int(seen.get("certificates_known", seen.get("count", 0))),
            set_up=device.get("set_up") is not False,
        )
    )


def needs_of_softswitch(platform: SoftswitchPlatform) -> list[Need]:
    """What is missing for a rotation of this softswitch; empty where nothing is."""
    if not platform.set_up:
        return [_never_set_up(platform.host)]
    if platform.proof == "none" or platform.registrations_command:
        return []
    cause = f"nobody can tell whether the gateways register again at {platform.host}, so its certificate is not renewed"
    remedy = "set vos_registrations_command; or, if the softswitch has no way to tell, vos_registration_proof=none"
    return [Need("registrations", cause, remedy)]


def needs_of_gateway(platform: GatewayPlatform) -> list[Need]:
    """What is missing for a rotation of this gateway; empty where nothing is."""
    if not platform.set_up:
        return [_never_set_up(platform.host)]
    return [need for need in (_proof(platform), _calls(platform)) if need]


def _never_set_up(host: str) -> Need:
    """A certificate alone would not bring it to TLS, and what was there before site would be taken for the work of site."""
    return Need(
        "set_up",
        f"{host} was never set up, or siptls.vos.remove took it back",
        "run siptls.vos.site for it, or leave it out by --limit",
    )


def _proof(platform: GatewayPlatform) -> Need | None:
    if platform.proof == "none":
        return None
    if not platform.registrations_command:
        return Need(
            "registrations",
            f"nobody can tell whether {platform.host} registers with its new certificate, so it is not renewed",
            f"set vos_registrations_command for {platform.softswitch or 'a softswitch in the inventory'}; or, if the softswitch has no "
            "way to tell, gateway_registration_proof=none",
        )
    if platform.proof == "certificate" and platform.registered and not platform.certificates_known:
        return Need(
            "certificates",
            f"{platform.softswitch} tells who is registered, and of nobody with which certificate, so {platform.host} is not renewed",
            "have vos_registrations_command print the serial numbers; or, if the softswitch does not know them, "
            "gateway_registration_proof=registration",
        )
    return None


def _calls(platform: GatewayPlatform) -> Need | None:
    if platform.calls_command or platform.when_busy == "force":
        return None
    return Need(
        "calls",
        f"{platform.host} does not tell whether calls are up, so it is not reloaded",
        "set gateway_calls_command; or, if its reload cuts no call or a cut is accepted, gateway_when_busy=force",
    )
