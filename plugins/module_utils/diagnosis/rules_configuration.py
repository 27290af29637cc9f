# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What either end was told to do that cannot work: its configuration file, plain SIP, pings that come too late."""

from __future__ import annotations

from collections.abc import Iterator

from ..durations import parse_duration
from ..errors import SiptlsError
from ..tls.observation import Reach
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, Side
from .remedy import RemedyStep, by_hand, site
from .renewing import configured, reset, rewritten

__all__ = ["RULES"]


def _sides(evidence: Evidence) -> Iterator[tuple[Side, Where]]:
    yield evidence.device, Where.DEVICE
    if evidence.softswitch:
        yield evidence.softswitch, Where.SOFTSWITCH


def unreadable(evidence: Evidence) -> Iterator[Cause]:
    """A configuration file that is missing, or that no reader would read as it is meant.

    The service may go on with what it loaded before the file changed.
    """
    for side, where in _sides(evidence):
        if side.settings_problem:
            yield Cause(
                CauseId.CONFIGURATION_UNREADABLE,
                f"the configuration {side.settings_path} of {side.name} cannot be read: {side.settings_problem}",
                Certainty.CERTAIN,
                where,
                side.name,
                (f"{side.settings_path}: {side.settings_problem}",),
                "have the role write it again; what is not of its section stays",
                reset(side, where),
            )


def plain_sip(evidence: Evidence) -> Iterator[Cause]:
    """A gateway that is told to speak SIP without TLS, or a domain that is carried so."""
    settings, name = evidence.device.settings, evidence.device.name
    transport = settings.get("transport", "").lower()
    register = settings.get("register", "").lower()
    says = f"[sip] transport = {transport}" if transport not in ("", "tls") else ""
    if not says and any(f";transport={one}" in register for one in ("udp", "tcp")):
        says = f"[sip] register = {register}"
    if says:
        yield Cause(
            CauseId.PLAIN_SIP,
            f"{name} is configured for plain SIP, without TLS: {says}",
            Certainty.CERTAIN,
            Where.DEVICE,
            name,
            (f"{evidence.device.settings_path}: {says}", "the softswitch takes SIP over TLS alone"),
            "have it speak TLS: its certificate, its configuration and a reload",
            rewritten(evidence.device, Where.DEVICE),
        )
    policy = evidence.policy
    if policy and evidence.softswitch and policy.transport not in ("", "tls"):
        yield Cause(
            CauseId.PLAIN_SIP,
            f"the SIP domain {policy.name} is carried over {policy.transport}, without TLS",
            Certainty.CERTAIN,
            Where.SOFTSWITCH,
            evidence.softswitch.name,
            (f"transport protocol {policy.transport} in the SIP domain {policy.name}",),
            "set its transport to tls",
            _domain_steps(evidence.softswitch, policy.name),
        )


def name_unresolved(evidence: Evidence) -> Iterator[Cause]:
    """The name that the gateway connects to has no address there."""
    probed, resolves = evidence.probed, evidence.device.resolves
    if probed is None or probed.seen.reach is Reach.CONNECTED:
        return
    if probed.seen.reach is not Reach.NO_NAME and resolves not in ("no", "late"):
        return
    sure = probed.seen.reach is Reach.NO_NAME or resolves == "no"
    seen = "no address was found for it there" if sure else "its resolver gives no answer in time"
    register = evidence.device.settings.get("register", "")
    yield Cause(
        CauseId.NAME_UNRESOLVED,
        f"the name {probed.host} does not resolve on {evidence.device.name}",
        Certainty.CERTAIN if sure else Certainty.LIKELY,
        Where.DEVICE,
        evidence.device.name,
        (seen, *([f"[sip] register = {register}"] if register else [])),
        "correct the name that the gateway registers at, or its resolver (/etc/resolv.conf, /etc/hosts)",
        configured(evidence.device, "register", "gateway_register", ""),
    )


def keepalive_too_slow(evidence: Evidence) -> Iterator[Cause]:
    """Pings and registrations that come less often than the softswitch closes connections (RFC 5626, section 4.4.1)."""
    if evidence.softswitch is None:
        return
    lifetime = _seconds(evidence.softswitch.settings.get("connection_lifetime", ""))
    ping = _seconds(evidence.device.settings.get("keepalive_interval", ""))
    expires = _seconds(evidence.device.settings.get("register_expires", ""))
    if not lifetime or not expires or min(ping or expires, expires) < lifetime:
        return
    name = evidence.device.name
    said = f"connection lifetime {lifetime} s at the softswitch, ping every {ping or 'never'} s, registration {expires} s at {name}"
    yield Cause(
        CauseId.KEEPALIVE_TOO_SLOW,
        f"the softswitch closes connections after {lifetime} s without a word, and {name} says nothing for longer than that",
        Certainty.CERTAIN,
        Where.DEVICE,
        name,
        (
            said.replace("every never s", "never"),
            "the smallest of NAT binding, connection lifetime, ping and registration counts",
        ),
        "ping more often than the connection lives, and than a NAT on the way forgets (RFC 5626: 95 to 120 s)",
        _more_often(evidence, evidence.softswitch, lifetime),
    )


def _domain_steps(softswitch: Side, domain: str) -> tuple[RemedyStep, ...]:
    """For a SIP domain whose transport is not TLS."""
    if any(one.name.lower() == domain.lower() and one.transport == "tls" for one in softswitch.intended_domains):
        return site(softswitch.name, "configuration")
    return by_hand(f"set transport: tls for {domain} in vos_sip_domains, then run siptls.vos.site", softswitch.name)


def _more_often(evidence: Evidence, softswitch: Side, lifetime: int) -> tuple[RemedyStep, ...]:
    """The end whose file is not as the inventory has it; where both are, a ping that is twice as fast as needed."""
    if softswitch.deviates("connection_lifetime"):
        return site(softswitch.name, "configuration")
    if any(map(evidence.device.deviates, ("keepalive_interval", "register_expires"))):
        return site(evidence.device.name, "configuration")
    return site(
        evidence.device.name, "configuration", inventory={"gateway_keepalive_interval": f"{max(lifetime // 2, 1)}s"}
    )


def _seconds(text: str) -> int | None:
    try:
        return int(parse_duration(text, name="").total_seconds()) if text else None
    except SiptlsError:
        return None


RULES = (unreadable, plain_sip, name_unresolved, keepalive_too_slow)
