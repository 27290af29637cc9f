# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way between the two: who listens, what a packet filter lets through, and addresses that change on the way."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import pairwise

from ..network.netfilter import UNREADABLE, Decision, Packet, read_ruleset
from ..tls.observation import Reach
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, Side
from .filter_steps import OURS, admitted, media_ports_asked, place_words
from .remedy import RemedyStep, by_hand
from .renewing import reset, restarted
from .rules_service import last_words

__all__ = ["RULES", "decisions", "dropping", "undecided"]


def decisions(
    softswitch: Side, addresses: tuple[str, ...], protocol: str, ports: tuple[int, ...]
) -> Iterator[tuple[str, int, Decision]]:
    """What the softswitch's packet filter does with a packet from each address to each port; nothing where it was not told."""
    if not softswitch.packet_filter:
        return
    rules = read_ruleset(softswitch.packet_filter)
    for address in addresses:
        for port in ports:
            yield address, port, rules.decide(Packet(protocol, address, port)) if rules else Decision(None, UNREADABLE)


def undecided(softswitch: Side, addresses: tuple[str, ...], protocol: str, ports: tuple[int, ...]) -> str:
    """The rule that leaves it open whether such packets are admitted; empty where all are decided."""
    found = decisions(softswitch, addresses, protocol, ports)
    return next((decision.rule for _address, _port, decision in found if decision.admitted is None), "")


def service_down(evidence: Evidence) -> Iterator[Cause]:
    """The softswitch's service does not run."""
    softswitch = evidence.softswitch
    if softswitch is None or not softswitch.service.is_down:
        return
    service = softswitch.service
    yield Cause(
        CauseId.SOFTSWITCH_SERVICE_DOWN,
        f"the service {service.name} of {softswitch.name} does not run: it is {service.state}",
        Certainty.CERTAIN,
        Where.SOFTSWITCH,
        softswitch.name,
        (f"systemd: {service.name} {service.state}", *last_words(service)),
        "start it; its log says what it has against that, if anything",
        restarted(softswitch),
    )


def no_way(evidence: Evidence) -> Iterator[Cause]:
    """No TCP connection came to be."""
    probed, softswitch = evidence.probed, evidence.softswitch
    if probed is None or probed.seen.reach in (Reach.CONNECTED, Reach.NO_NAME):
        return
    reach, port = probed.seen.reach, probed.port
    dropped = list(_dropped(evidence))
    yield from dropped
    if reach is Reach.UNREACHABLE:
        yield Cause(
            CauseId.NO_ROUTE,
            f"there is no route from {evidence.device.name} to {probed.connect}",
            Certainty.LIKELY,
            Where.PATH,
            "",
            (f"its addresses are {', '.join(evidence.device.addresses or ()) or 'unknown'}",),
            "see to routes and addresses of the device; a firewall that rejects with ICMP looks the same",
        )
    listens = None if softswitch is None or softswitch.listening is None else port in softswitch.listening
    if reach is Reach.REFUSED and not dropped:
        known = (
            f"{softswitch.name} listens on {', '.join(map(str, softswitch.listening or ()))}"
            if softswitch and listens is not None
            else ""
        )
        may = _may_drop(evidence) if listens else ""
        yield Cause(
            CauseId.NOTHING_LISTENS if not listens else CauseId.PORT_BLOCKED,
            f"nothing listens at {probed.connect}"
            if not listens
            else f"something on the way refuses connections to {probed.connect}",
            Certainty.CERTAIN if listens is not None and not may else Certainty.LIKELY,
            Where.SOFTSWITCH if not listens else Where.PATH,
            softswitch.name if softswitch and not listens else "",
            tuple(one for one in ("the connection was refused at once", known, may) if one),
            f"start the service there, and see that it listens on {port} (vos_tls_port)",
            _listening(softswitch, port)
            if not listens
            else by_hand(f"admit TCP port {port} on the way to {probed.host}"),
        )
    if reach is Reach.SILENT and not dropped:
        yield from _silent(evidence, listens)


def _dropped(evidence: Evidence) -> Iterator[Cause]:
    """The softswitch's own packet filter drops what the gateway sends."""
    probed, softswitch = evidence.probed, evidence.softswitch
    if probed is None or softswitch is None:
        return
    found = list(decisions(softswitch, evidence.device.addresses or (), "tcp", (probed.port,)))
    # One that is let in is enough: nobody knows which of its addresses it uses
    if not found or any(decision.admitted is not False for _address, _port, decision in found):
        return
    for address, port, decision in found:
        if decision.by_source:
            yield Cause(
                CauseId.SOURCE_NOT_ADMITTED,
                f"{softswitch.name} does not admit the address of {evidence.device.name}, {address}, on TCP port {port}",
                Certainty.CERTAIN,
                Where.SOFTSWITCH,
                softswitch.name,
                (
                    f"its packet filter drops it: {dropping(decision)}",
                    f"the addresses of {evidence.device.name} are {', '.join(evidence.device.addresses or ())}",
                ),
                *_opening(evidence, softswitch, found, port),
            )
        else:
            yield Cause(
                CauseId.PORT_BLOCKED,
                f"TCP port {port} is blocked at {softswitch.name} by its packet filter",
                Certainty.CERTAIN,
                Where.SOFTSWITCH,
                softswitch.name,
                (
                    f"its packet filter drops it: {dropping(decision)}",
                    f"{probed.connect} does not answer the first packet",
                ),
                *_opening(evidence, softswitch, found, port),
            )
        return


def _opening(
    evidence: Evidence, softswitch: Side, found: list[tuple[str, int, Decision]], port: int
) -> tuple[str, tuple[RemedyStep, ...]]:
    """Remedy and steps for what a rule drops."""
    place = found[0][2].place
    steps = admitted(evidence, softswitch, found, "tcp", str(port))
    if place and (place.family, place.table) != OURS:
        # What keeps the signalling out mostly keeps the media out too
        first, last = evidence.media_ports
        media = decisions(softswitch, evidence.device.addresses or (), "udp", media_ports_asked(first, last))
        closed = [one for one in media if one[2].admitted is False]
        if closed:
            steps += admitted(evidence, softswitch, closed, "udp", f"{first}-{last}")
    if place and (place.family, place.table) == OURS:
        return "put the address that the softswitch sees on the allowlist, and load it", steps
    return (
        "accept the gateway before that rule, in the file that loads the table too, or it is back after a reboot",
        steps,
    )


def dropping(decision: Decision) -> str:
    """The rule, and in somebody else's table its handle."""
    ours = decision.place and (decision.place.family, decision.place.table) == OURS
    return decision.rule if ours or not decision.place else f"{decision.rule}; {place_words(decision.place)}"


def _listening(softswitch: Side | None, port: int) -> tuple[RemedyStep, ...]:
    """For a port that nobody listens on."""
    if softswitch is None:
        return by_hand(f"start the service of the softswitch, and have it listen on port {port}")
    if softswitch.service.is_down:
        return restarted(softswitch)
    # It runs, and listens elsewhere: what it loaded may not be what is there
    return reset(softswitch, Where.SOFTSWITCH)


def _may_drop(evidence: Evidence) -> str:
    """The rule of the softswitch's packet filter that may drop what the gateway sends, as a clause; empty where none may."""
    probed, softswitch = evidence.probed, evidence.softswitch
    if probed is None or softswitch is None:
        return ""
    rule = undecided(softswitch, evidence.device.addresses or (), "tcp", (probed.port,))
    return f"whether the packet filter of {softswitch.name} admits it is unknown: {rule}" if rule else ""


def _silent(evidence: Evidence, listens: bool | None) -> Iterator[Cause]:
    probed, softswitch, addresses = evidence.probed, evidence.softswitch, evidence.device.addresses or ()
    if probed is None:
        return
    found = [one for *_where, one in decisions(softswitch, addresses, "tcp", (probed.port,))] if softswitch else []
    silence = f"{probed.connect} does not answer the first packet of a connection"
    if softswitch and any(decision.admitted and decision.by_source for decision in found):
        yield Cause(
            CauseId.SOURCE_NOT_ADMITTED,
            f"{softswitch.name} admits listed addresses alone, and packets of {evidence.device.name} do not come through: "
            "mostly they come with another address (NAT)",
            Certainty.LIKELY,
            Where.PATH,
            "",
            (silence, f"its own addresses {', '.join(addresses)} are on the list"),
            "list the address that the softswitch sees, or take the NAT out of the way",
            by_hand(
                f"set gateway_address of {evidence.device.name} to the address that {softswitch.name} sees, then run siptls.vos.allowlist"
            ),
        )
    line = _iptables_line(softswitch, addresses, "tcp", probed.port) if softswitch and not found else ""
    admits = bool(found) and all(decision.admitted for decision in found)
    yield Cause(
        CauseId.PORT_BLOCKED,
        f"TCP port {probed.port} is blocked on the way to {probed.host}: nothing comes back",
        Certainty.LIKELY,
        Where.SOFTSWITCH if line else Where.PATH,
        softswitch.name if softswitch and line else "",
        tuple(
            one
            for one in (
                silence,
                f"iptables: {line}" if line else "",
                f"{softswitch.name} listens on {probed.port}, and its packet filter admits it"
                if softswitch and listens and admits
                else "",
                _may_drop(evidence),
            )
            if one
        ),
        f"let TCP port {probed.port} through on the way, or correct the address that is dialled",
        by_hand(
            f"accept TCP port {probed.port} of {', '.join(addresses)} before that rule of iptables", softswitch.name
        )
        if softswitch and line
        else by_hand(f"admit TCP port {probed.port} on the way to {probed.host}"),
    )


def _iptables_line(softswitch: Side, addresses: tuple[str, ...], protocol: str, port: int) -> str:
    """The first rule of iptables that drops such packets, unless a rule before it accepts them, which is not known."""
    return next((one for one in softswitch.filter_lines if _is_about(one, addresses, protocol, port)), "")


def _is_about(line: str, addresses: tuple[str, ...], protocol: str, port: int) -> bool:
    """Whether a line of ``iptables-save`` names the port, and neither another protocol, direction or source."""
    words = line.split()
    options = {name: value for name, value in pairwise(words) if name.startswith("-")}
    if options.get("-A") in ("OUTPUT", "FORWARD", "POSTROUTING") or "!" in words:
        return False
    if options.get("-p", protocol) != protocol or options.get("--dport") != str(port):
        return False
    try:
        source = ip_network(options.get("-s", "0.0.0.0/0"), strict=False)
        return "-s" not in options or any(ip_address(one) in source for one in addresses)
    except ValueError:
        return False


def no_tls(evidence: Evidence) -> Iterator[Cause]:
    """Something answers, and not in TLS."""
    probed = evidence.probed
    if probed is None or probed.seen.established or probed.seen.reach is not Reach.CONNECTED:
        return
    seen = probed.seen
    mute = seen.chosen is None and seen.refusal is None and seen.given_up is None and not seen.errors
    if seen.first_octets or mute:
        speaks = "speaks something else than TLS" if seen.first_octets else "takes connections and does not speak TLS"
        yield Cause(
            CauseId.NO_TLS_SPOKEN,
            f"{probed.connect} {speaks}",
            Certainty.CERTAIN if seen.first_octets else Certainty.LIKELY,
            Where.SOFTSWITCH,
            evidence.softswitch.name if evidence.softswitch else "",
            (
                f"its answer begins with {seen.first_octets[:16]!r}"
                if seen.first_octets
                else "no word came back to a ClientHello",
            ),
            "connect to the TLS port (5061), and see what has that port",
        )


def nat(evidence: Evidence) -> Iterator[Cause]:
    """The softswitch sees another address than the gateway has (RFC 3581, section 4: received)."""
    probed, addresses = evidence.probed, evidence.device.addresses
    if probed is None or not probed.seen_from or not addresses:
        return
    seen = ip_address(probed.seen_from)
    if seen.is_loopback or seen in map(ip_address, addresses):
        return  # both on one host, or nothing in between
    yield Cause(
        CauseId.NAT_BETWEEN,
        f"the address of {evidence.device.name} is changed on the way (NAT): the softswitch sees {probed.seen_from}",
        Certainty.CERTAIN,
        Where.PATH,
        "",
        (
            f"received={probed.seen_from} in the softswitch's answer",
            f"the addresses of {evidence.device.name} are {', '.join(addresses)}",
        ),
        "take the NAT out of the way, or ping more often than its binding lives and list the address that the softswitch sees",
        by_hand(
            f"take the NAT out of the way; or set gateway_keepalive_interval (25s is safe) and gateway_address ({probed.seen_from}) "
            f"of {evidence.device.name}, then run siptls.vos.site and, where it is in use, siptls.vos.allowlist"
        ),
    )


def slow(evidence: Evidence) -> Iterator[Cause]:
    """A handshake that takes longer than somebody waits for it."""
    probed, limit = evidence.probed, evidence.handshake_limit
    if probed is None or limit is None or probed.milliseconds is None or probed.milliseconds <= limit:
        return
    yield Cause(
        CauseId.HANDSHAKE_SLOW,
        f"connection and handshake took {probed.milliseconds} ms, and the limit is {limit} ms",
        Certainty.LIKELY,
        Where.PATH,
        "",
        (f"measured once: {probed.milliseconds} ms, the start of openssl included",),
        "raise the limit of whoever connects, above the round trips of the path",
    )


RULES = (service_down, no_way, no_tls, nat, slow)
