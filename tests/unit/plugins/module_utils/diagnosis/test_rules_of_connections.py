# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about configuration, clocks, the way there, TLS, what is loaded, and media: one thing is wrong, and that comes first."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import CauseId, Certainty, Where
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import DomainPolicy, HelloSeen, Service
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.probed import MediaCall
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import diagnose
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.unknowns import unknowns
from ansible_collections.siptls.vos.plugins.module_utils.findings import Finding, State
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Registration
from ansible_collections.siptls.vos.plugins.module_utils.tls.alerts import Alert
from ansible_collections.siptls.vos.plugins.module_utils.tls.code_points import suite_name
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import ClientHello, ServerHello
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, OpensslError, Reach
from ansible_collections.siptls.vos.tests.shared.probe_material import SERVERS
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    ADDRESS,
    GOOD,
    SIP,
    TLS_SERVER,
    Ill,
    chain_of,
    device,
    evidence,
    gateway,
    probed,
    refused,
    server,
    softswitch,
)

SILENT = Observation(reach=Reach.SILENT)
HELLO = ClientHello(500, (0x0303,), (0xC02B,), (0x0017,), (0x0403,), "example.com")
REFUSED_AT_ONCE = Observation(
    reach=Reach.CONNECTED, ended=True, offered=HELLO, alerts=(Alert(40, sent=False, fatal=True),)
)


def chose(version: int = 0x0303, suite: int = 0xC02B, group: str = "P-256") -> Observation:
    """What the softswitch chose of everything."""
    return replace(GOOD, chosen=ServerHello(version, suite, None, retry=False), suite=suite_name(suite), group=group)


def drops(*conditions: dict[str, Any], verdict: str = "drop") -> str:
    """A packet filter of one rule."""
    chain = {"family": "inet", "table": "t", "name": "c", "hook": "input", "prio": 0, "policy": "accept"}
    expressions = [{"match": {"op": "==", **one}} for one in conditions]
    rule = {"family": "inet", "table": "t", "chain": "c", "expr": [*expressions, {verdict: None}]}
    return json.dumps({"nftables": [{"chain": chain}, {"rule": rule}]})


def port(protocol: str, value: Any) -> dict[str, Any]:
    return {"left": {"payload": {"protocol": protocol, "field": "dport"}}, "right": value}


NOT_LISTED = drops(
    port("tcp", 5061), {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "198.51.100.1"}
)
LISTED = drops(
    port("tcp", 5061), {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": ADDRESS}
)


CASES = [
    # Configuration
    Ill(
        "unreadable",
        device(lambda: gateway(settings={}, settings_problem="line 3: expected [section]")),
        CauseId.CONFIGURATION_UNREADABLE,
        "line 3",
    ),
    Ill(
        "ambiguous",
        lambda: evidence(
            device=gateway(settings_doubts={"transport": "lines 3 and 9 give it different values"}),
            softswitch=None,
            probed=None,
        ),
        CauseId.CONFIGURATION_AMBIGUOUS,
        "lines 3 and 9",
        Certainty.POSSIBLE,
    ),
    Ill(
        "plain",
        device(lambda: gateway(settings={**SIP, "transport": "udp"}), SILENT),
        CauseId.PLAIN_SIP,
        "transport = udp",
    ),
    Ill(
        "plain-uri",
        device(lambda: gateway(settings={**SIP, "register": "sip:vos.example.com;transport=tcp"})),
        CauseId.PLAIN_SIP,
        "transport=tcp",
    ),
    Ill(
        "plain-domain",
        server(lambda: softswitch(domains=(DomainPolicy("example.com", "udp"),))),
        CauseId.PLAIN_SIP,
        "carried over udp",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "name",
        lambda: evidence(probed=probed(Observation(reach=Reach.NO_NAME))),
        CauseId.NAME_UNRESOLVED,
        "vos.example.com does not resolve",
    ),
    Ill(
        "name-late",
        device(lambda: gateway(resolves="late"), SILENT),
        CauseId.NAME_UNRESOLVED,
        "no answer in time",
        Certainty.LIKELY,
    ),
    Ill(
        "keepalive",
        server(lambda: softswitch(settings={**TLS_SERVER, "connection_lifetime": "60s"})),
        CauseId.KEEPALIVE_TOO_SLOW,
        "ping every 120 s",
    ),
    Ill(
        "no-ping",
        lambda: evidence(
            device=gateway(settings={**SIP, "keepalive_interval": ""}),
            softswitch=softswitch(settings={**TLS_SERVER, "connection_lifetime": "30m"}),
        ),
        CauseId.KEEPALIVE_TOO_SLOW,
        "ping never",
    ),
    # Clocks
    Ill(
        "clock",
        device(lambda: gateway(clock_ahead=-172800), refused(45)),
        CauseId.CLOCK_OFF,
        "2.0 days (172800 s) behind",
    ),
    Ill(
        "clock-there",
        server(lambda: softswitch(clock_ahead=400)),
        CauseId.CLOCK_OFF,
        "400 s ahead",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "clock-here",
        lambda: evidence(device=gateway(clock_ahead=9000), softswitch=softswitch(clock_ahead=9001)),
        CauseId.CLOCK_OFF,
        "the controller's clock is off",
        Certainty.LIKELY,
        Where.CONTROLLER,
    ),
    # The way there
    Ill(
        "down",
        server(
            lambda: softswitch(service=Service("vos", "inactive", log=("bye",)), listening=(22,)),
            Observation(reach=Reach.REFUSED),
        ),
        CauseId.SOFTSWITCH_SERVICE_DOWN,
        "log: bye",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "nobody-listens",
        server(lambda: softswitch(listening=(22, 5060)), Observation(reach=Reach.REFUSED)),
        CauseId.NOTHING_LISTENS,
        "vos listens on 22, 5060",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "nobody-asked",
        lambda: evidence(softswitch=None, probed=probed(Observation(reach=Reach.REFUSED))),
        CauseId.NOTHING_LISTENS,
        "refused at once",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    Ill(
        "blocked",
        server(lambda: softswitch(packet_filter=drops(port("tcp", 5061))), SILENT),
        CauseId.PORT_BLOCKED,
        "tcp dport 5061 drop",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "blocked-old",
        server(lambda: softswitch(filter_lines=("-A INPUT -p tcp -m tcp --dport 5061 -j DROP",)), SILENT),
        CauseId.PORT_BLOCKED,
        "iptables: -A INPUT",
        # A rule before it may accept the packet, and rules that accept are not told
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    Ill(
        "blocked-between",
        server(lambda: softswitch(packet_filter=drops(port("tcp", 23))), SILENT),
        CauseId.PORT_BLOCKED,
        "its packet filter admits it",
        Certainty.LIKELY,
        Where.PATH,
    ),
    Ill(
        "not-listed",
        server(lambda: softswitch(packet_filter=NOT_LISTED), SILENT),
        CauseId.SOURCE_NOT_ADMITTED,
        ADDRESS,
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "listed-and-nat",
        server(lambda: softswitch(packet_filter=LISTED), SILENT),
        CauseId.SOURCE_NOT_ADMITTED,
        "NAT",
        Certainty.LIKELY,
        Where.PATH,
    ),
    Ill(
        "no-route",
        lambda: evidence(probed=probed(Observation(reach=Reach.UNREACHABLE))),
        CauseId.NO_ROUTE,
        "no route from gw1",
        Certainty.LIKELY,
        Where.PATH,
    ),
    Ill(
        "rejects",
        server(softswitch, Observation(reach=Reach.REFUSED)),
        CauseId.PORT_BLOCKED,
        "on the way refuses",
        where=Where.PATH,
    ),
    Ill(
        "plain-there",
        lambda: evidence(probed=probed(Observation(reach=Reach.CONNECTED, first_octets=b"SIP/2.0 400"))),
        CauseId.NO_TLS_SPOKEN,
        "SIP/2.0 400",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "mute",
        lambda: evidence(probed=probed(Observation(reach=Reach.CONNECTED))),
        CauseId.NO_TLS_SPOKEN,
        "no word came back",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    Ill(
        "nat",
        lambda: evidence(probed=replace(probed(), seen_from="203.0.113.9")),
        CauseId.NAT_BETWEEN,
        "received=203.0.113.9",
        where=Where.PATH,
    ),
    Ill(
        "slow",
        lambda: evidence(handshake_limit=20),
        CauseId.HANDSHAKE_SLOW,
        "took 40 ms, and the limit is 20 ms",
        Certainty.LIKELY,
        Where.PATH,
    ),
    # What they have in common
    Ill(
        "version",
        lambda: evidence(probed=probed(replace(REFUSED_AT_ONCE, alerts=(Alert(70, sent=False, fatal=True),)))),
        CauseId.NO_COMMON_VERSION,
        "protocol_version (70)",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "version-here",
        device(
            lambda: gateway(openssl_settings=("MaxProtocol = TLSv1",)),
            Observation(reach=Reach.CONNECTED, errors=(OpensslError(0, "no protocols available"),)),
        ),
        CauseId.NO_COMMON_VERSION,
        "MaxProtocol = TLSv1",
    ),
    Ill(
        "version-wide",
        lambda: evidence(probed=replace(probed(REFUSED_AT_ONCE), wide=chose(0x0304))),
        CauseId.NO_COMMON_VERSION,
        "the softswitch chose TLSv1.3",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "cipher",
        lambda: evidence(probed=replace(probed(REFUSED_AT_ONCE), wide=chose(suite=0xC02C))),
        CauseId.NO_COMMON_CIPHER,
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "group",
        lambda: evidence(probed=replace(probed(REFUSED_AT_ONCE), wide=chose(group="X25519"))),
        CauseId.NO_COMMON_GROUP,
        "X25519",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "cannot-tell",
        lambda: evidence(probed=probed(REFUSED_AT_ONCE)),
        CauseId.NOTHING_IN_COMMON,
        "handshake_failure (40)",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    Ill(
        "captured",
        lambda: evidence(captured=(HelloSeen("offers TLSv1", ADDRESS, ("TLSv1",)),)),
        CauseId.NO_COMMON_VERSION,
        "captured: offers TLSv1",
    ),
    Ill(
        "other-refusal",
        lambda: evidence(probed=replace(probed(refused(49)), findings=(Finding("access denied"),))),
        CauseId.REFUSED,
        "access denied",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    # What is loaded
    Ill(
        "served",
        server(lambda: softswitch(chain_of(SERVERS["plain-names"]))),
        CauseId.SERVED_BEHIND_DISK,
        "it was not reloaded",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "device-behind",
        server(lambda: softswitch(registrations=(Registration("sip:gw1@example.com", "0badcafe", 4000),))),
        CauseId.DEVICE_BEHIND_DISK,
        "0badcafe, since 4000 s",
    ),
    # Media
    Ill(
        "srtp-off",
        device(lambda: gateway(settings={**SIP, "srtp_encryption": "none"})),
        CauseId.SRTP_OFF,
        "requires SRTP",
    ),
    Ill(
        "keying",
        device(lambda: gateway(settings={**SIP, "srtp_auth": "dtls"})),
        CauseId.SRTP_KEYING_MISMATCH,
        "gw1 keys by DTLS",
    ),
    Ill(
        "suite",
        server(
            lambda: softswitch(
                domains=(
                    DomainPolicy("example.com", srtp_require=True, srtp_auth="sdes", suites=("AEAD_AES_256_GCM",)),
                )
            )
        ),
        CauseId.SRTP_SUITE_MISMATCH,
        "allows AEAD_AES_256_GCM",
    ),
    Ill(
        "udp",
        server(lambda: softswitch(packet_filter=drops(port("udp", {"range": [10000, 20000]})))),
        CauseId.MEDIA_PORTS_CLOSED,
        "10000, 15000, 20000",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "udp-part",
        server(lambda: softswitch(packet_filter=drops(port("udp", {"range": [16000, 20000]})))),
        CauseId.MEDIA_PORTS_CLOSED,
        "closed: 20000",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "call",
        lambda: evidence(
            call=MediaCall(
                "gw2", State.FAILED, "sdes: X", 488, (Finding("no media was agreed on: tag 2 answered, 1 offered"),)
            )
        ),
        CauseId.MEDIA_NOT_AGREED,
        "tag 2 answered",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    # The gateway itself
    Ill(
        "stopped",
        device(lambda: gateway(service=Service("gateway", "inactive"))),
        CauseId.DEVICE_SERVICE_DOWN,
        "ansible gw1 -m ansible.builtin.raw -a 'systemctl restart gateway'",
    ),
    Ill(
        "restarting",
        device(lambda: gateway(service=Service("gateway", "restarting", log=("out of memory",)))),
        CauseId.DEVICE_SERVICE_DOWN,
        "out of memory",
    ),
    Ill(
        "not-registered",
        server(lambda: softswitch(registrations=())),
        CauseId.NOT_REGISTERED,
        "is not registered at vos",
        Certainty.LIKELY,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.id)
def test_the_first_cause_is_the_one(case: Ill) -> None:
    case.check()


LIMITED = drops(port("tcp", 5061)).replace('{"drop"', '{"limit": {"rate": 9, "per": "second", "inv": true}}, {"drop"')
LIMITED_MEDIA = drops(port("udp", {"range": [10000, 20000]})).replace(
    '{"drop"', '{"quota": {"val": 1, "inv": true}}, {"drop"'
)


@pytest.mark.parametrize("text", [LIMITED, "{", drops(port("tcp", 5061))[:-20]])
def test_a_packet_filter_that_leaves_it_open_is_unknown_and_accused_of_nothing(text: str) -> None:
    given = evidence(softswitch=softswitch(packet_filter=text), probed=probed(SILENT))
    first, unknown = diagnose(given)[0], unknowns(given)
    assert (first.id, first.certainty, first.where) == (CauseId.PORT_BLOCKED, Certainty.LIKELY, Where.PATH)
    assert not any("admits it" in words and "unknown" not in words for words in first.evidence)
    told = [one.why for one in unknown if "admits connections of gw1 to TCP port 5061" in one.what]
    assert len(told) == 1
    assert ("limit rate over 9/second drop" if text is LIMITED else "cannot be read") in told[0]


def test_a_reset_by_a_rule_that_leaves_it_open_is_not_surely_from_elsewhere() -> None:
    refused_at_once = probed(Observation(reach=Reach.REFUSED))
    given = evidence(softswitch=softswitch(packet_filter=LIMITED.replace("drop", "reject")), probed=refused_at_once)
    first = diagnose(given)[0]
    assert (first.id, first.certainty) == (CauseId.PORT_BLOCKED, Certainty.LIKELY)
    assert "limit rate over 9/second reject" in first.evidence[-1]


def test_media_that_a_packet_filter_may_drop_is_unknown() -> None:
    given = evidence(softswitch=softswitch(packet_filter=LIMITED_MEDIA))
    assert CauseId.MEDIA_PORTS_CLOSED not in [one.id for one in diagnose(given)]
    assert any("lets the media in" in one.what and "quota over" in one.why for one in unknowns(given))
    # Rules of iptables alone are not evaluated, so media is unknown with them too
    given = evidence(softswitch=softswitch(filter_lines=("-A INPUT -p udp -j DROP",)))
    assert any("lets the media in" in one.what for one in unknowns(given))


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("-A INPUT -p tcp -m tcp --dport 5061 -j DROP", True),
        (f"-A INPUT -s {ADDRESS}/32 -p tcp -m tcp --dport 5061 -j REJECT --reject-with icmp-port-unreachable", True),
        ("-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 5061 -j DROP", False),
        ("-A INPUT -p tcp -m tcp --dport 50610 -j DROP", False),
        ("-A INPUT -p udp -m udp --dport 5061 -j DROP", False),
        ("-A OUTPUT -p tcp -m tcp --dport 5061 -j DROP", False),
        (f"-A INPUT ! -s {ADDRESS}/32 -p tcp -m tcp --dport 5061 -j DROP", False),
        ("-A INPUT -s nonsense -p tcp --dport 5061 -j DROP", False),
    ],
)
def test_a_line_of_iptables_is_quoted_where_it_is_about_these_packets(line: str, is_told: bool) -> None:
    first = diagnose(evidence(softswitch=softswitch(filter_lines=(line,)), probed=probed(SILENT)))[0]
    assert (f"iptables: {line}" in first.evidence) is is_told
    assert first.certainty is Certainty.LIKELY
