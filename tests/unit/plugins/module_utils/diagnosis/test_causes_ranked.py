# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of a diagnosis: a pair that is well is made ill in one way, and the first cause has to be that. And what comes first of several."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import Cause, CauseId, Certainty, Where
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import (
    DomainPolicy,
    Evidence,
    HelloSeen,
    MediaCall,
    Service,
    Side,
)
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import EXPLAINS, diagnose, ranked, verdict_of
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.report import cause_facts, summary
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.unknowns import unknowns
from ansible_collections.siptls.vos.plugins.module_utils.findings import Finding, State
from ansible_collections.siptls.vos.plugins.module_utils.pki.certificates import serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Registration
from ansible_collections.siptls.vos.plugins.module_utils.tls.alerts import Alert
from ansible_collections.siptls.vos.plugins.module_utils.tls.code_points import suite_name
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import ClientHello, ServerHello
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, OpensslError, Reach
from ansible_collections.siptls.vos.tests.integration import probe_material as material
from ansible_collections.siptls.vos.tests.integration.probe_material import (
    EXPIRED_ROOT,
    FOREIGN,
    GATEWAYS,
    ISSUING,
    NAMESAKE,
    NOW,
    ROOT,
    SERVERS,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    ADDRESS,
    GOOD,
    SIP,
    TLS_SERVER,
    chain_of,
    crl,
    evidence,
    gateway,
    probed,
    refused,
    softswitch,
    with_file,
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


@dataclass(frozen=True)
class Ill:
    """One thing that is wrong, and what has to be said first of it."""

    id: str
    evidence: Callable[[], Evidence]
    cause: CauseId
    words: str
    certainty: Certainty = Certainty.CERTAIN
    where: Where = Where.DEVICE


def device(words: Callable[[], Side], seen: Observation | None = None) -> Callable[[], Evidence]:
    return lambda: evidence(device=words(), **({"probed": probed(seen)} if seen else {}))


def server(words: Callable[[], Side], seen: Observation | None = None) -> Callable[[], Evidence]:
    return lambda: evidence(softswitch=words(), **({"probed": probed(seen)} if seen else {}))


def presenting(name: str, number: int, *above: Any) -> Callable[[], Evidence]:
    return device(lambda: gateway(chain_of(GATEWAYS[name], *above)), refused(number))


def serving(*chain: Any, **different: Any) -> Callable[[], Evidence]:
    return lambda: evidence(
        softswitch=softswitch(material.pem(*chain), served=serial_hex(chain[0]), **different),
        probed=probed(replace(GOOD, established=False, alerts=(Alert(48, sent=True, fatal=True),)), served=chain),
    )


CASES = [
    # Configuration
    Ill("unreadable", device(lambda: gateway(settings={}, settings_problem="line 3: expected [section]")), CauseId.CONFIGURATION_UNREADABLE, "line 3"),
    Ill("plain", device(lambda: gateway(settings={**SIP, "transport": "udp"}), SILENT), CauseId.PLAIN_SIP, "transport = udp"),
    Ill("plain-uri", device(lambda: gateway(settings={**SIP, "register": "sip:vos.example.com;transport=tcp"})), CauseId.PLAIN_SIP, "transport=tcp"),
    Ill("plain-domain", server(lambda: softswitch(domains=(DomainPolicy("example.com", "udp"),))), CauseId.PLAIN_SIP, "carried over udp", where=Where.SOFTSWITCH),
    Ill("name", lambda: evidence(probed=probed(Observation(reach=Reach.NO_NAME))), CauseId.NAME_UNRESOLVED, "vos.example.com does not resolve"),
    Ill("keepalive", server(lambda: softswitch(settings={**TLS_SERVER, "connection_lifetime": "60s"})), CauseId.KEEPALIVE_TOO_SLOW, "ping every 120 s"),
    Ill("no-ping", lambda: evidence(device=gateway(settings={**SIP, "keepalive_interval": ""}), softswitch=softswitch(settings={**TLS_SERVER, "connection_lifetime": "30m"})), CauseId.KEEPALIVE_TOO_SLOW, "ping never"),
    # Clocks
    Ill("clock", device(lambda: gateway(clock_ahead=-172800), refused(45)), CauseId.CLOCK_OFF, "2.0 days (172800 s) behind"),
    Ill("clock-there", server(lambda: softswitch(clock_ahead=400)), CauseId.CLOCK_OFF, "400 s ahead", where=Where.SOFTSWITCH),
    Ill("clock-here", lambda: evidence(device=gateway(clock_ahead=9000), softswitch=softswitch(clock_ahead=9001)), CauseId.CLOCK_OFF, "the controller's clock is off", Certainty.LIKELY, Where.CONTROLLER),
    # Files
    Ill("missing", device(lambda: with_file(gateway(), "private_key", state="missing")), CauseId.FILE_MISSING, "own.key does not exist on gw1"),
    Ill("forbidden", device(lambda: with_file(gateway(service=Service("gateway", "failed", "sip")), "private_key", forbidden=True, mode="-rw------- root root")), CauseId.FILE_FORBIDDEN, "-rw------- root root"),
    Ill("forbidden-there", server(lambda: with_file(softswitch(), "certificate", forbidden=True)), CauseId.FILE_FORBIDDEN, "vos_certificate_owner", where=Where.SOFTSWITCH),
    Ill("not-for-us", device(lambda: with_file(gateway(), "private_key", state="unreadable")), CauseId.FILE_FORBIDDEN, "the user of this connection", Certainty.POSSIBLE),
    Ill("broken-certificate", device(lambda: gateway("-----BEGIN CERTIFICATE-----\nM\n#\n")), CauseId.PEM_UNREADABLE, "line 3: no base64"),
    Ill("broken-bundle", device(lambda: with_file(gateway(), "trust_bundle", text="nothing")), CauseId.PEM_UNREADABLE, "line 1"),
    Ill("broken-key", device(lambda: gateway(public_key="", key_problem="line 2: no base64")), CauseId.PEM_UNREADABLE, "own.key"),
    Ill("broken-there", server(lambda: softswitch("text")), CauseId.PEM_UNREADABLE, "the port is free", where=Where.SOFTSWITCH),
    Ill("encrypted", device(lambda: gateway(public_key="", key_problem="it is encrypted", service=Service("gateway", "failed"))), CauseId.KEY_ENCRYPTED, "passphrase"),
    Ill("no-pair", device(lambda: gateway(certificate_key="OTHER")), CauseId.PAIR_MISMATCH, "no pair"),
    # Certificates
    Ill("expired", presenting("gw-expired", 45), CauseId.CERTIFICATE_EXPIRED, "certificate_expired (45)"),
    Ill("not-yet", presenting("gw-not-yet", 42), CauseId.CERTIFICATE_NOT_YET_VALID, "is not valid before"),
    Ill("client-auth", presenting("gw-server-only", 43), CauseId.CLIENT_AUTH_MISSING, "lacks clientAuth"),
    Ill("self-signed", device(lambda: gateway(material.pem(material.leaf(None, "gw1", uris=["sip:gw1@example.com"]))), refused(48)), CauseId.CERTIFICATE_SELF_SIGNED, "no authority stands behind it"),
    Ill("server-auth", server(lambda: softswitch(chain_of(SERVERS["client-only"]), served=serial_hex(SERVERS["client-only"]))), CauseId.SERVER_AUTH_MISSING, "lacks serverAuth", where=Where.SOFTSWITCH),
    Ill("server-expired", serving(SERVERS["expired"], ISSUING.certificate), CauseId.CERTIFICATE_EXPIRED, "the certificate of vos", where=Where.SOFTSWITCH),
    Ill("none-shown", device(lambda: with_file(gateway(), "certificate", state="unused", path="", text=""), refused(116, presented=0)), CauseId.NO_CLIENT_CERTIFICATE, "certificate_required (116)"),
    # The way to an anchor
    Ill("foreign", presenting("gw-foreign", 48, FOREIGN.certificate), CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH, "CN=Foreign is not in /etc/vos/certs/ca.crt", where=Where.SOFTSWITCH),
    Ill("no-intermediate", lambda: evidence(device=gateway(material.pem(GATEWAYS["gw1"])), softswitch=with_file(softswitch(), "trust_bundle", text=material.pem(ROOT.certificate)), probed=probed(refused(48))), CauseId.INTERMEDIATE_MISSING, "gw1 presents no intermediate"),
    Ill("no-intermediate-there", lambda: replace(serving(SERVERS["good"])(), device=with_file(gateway(), "trust_bundle", text=material.pem(ROOT.certificate))), CauseId.INTERMEDIATE_MISSING, "vos presents no intermediate", where=Where.SOFTSWITCH),
    Ill("server-foreign", serving(SERVERS["foreign"], FOREIGN.certificate), CauseId.AUTHORITY_UNKNOWN_TO_DEVICE, "gw1 does not know the authority of vos"),
    Ill("namesake", serving(SERVERS["namesake"], NAMESAKE.certificate), CauseId.ANCHOR_REPLACED, "another certificate of the name CN=Root"),
    Ill("old-anchor", lambda: replace(serving(SERVERS["expired-root"])(), device=with_file(gateway(), "trust_bundle", text=material.pem(ROOT.certificate, ISSUING.certificate, EXPIRED_ROOT.certificate))), CauseId.ANCHOR_EXPIRED, "CN=Expired Root"),
    Ill("not-asked-leaf", lambda: evidence(softswitch=None, device=gateway(material.pem(GATEWAYS["gw1"])), probed=probed(refused(48))), CauseId.INTERMEDIATE_MISSING, "holds the leaf alone", Certainty.LIKELY),
    Ill("not-asked-chain", lambda: evidence(softswitch=None, probed=probed(refused(48))), CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH, "unknown_ca (48)", Certainty.LIKELY, Where.SOFTSWITCH),
    # Revocation
    Ill("revoked", server(lambda: softswitch(crls=(crl(ROOT), crl(ISSUING, GATEWAYS["gw1"])))), CauseId.CERTIFICATE_REVOKED, "is revoked"),
    Ill("revoked-by-alert", lambda: evidence(softswitch=None, probed=probed(refused(44))), CauseId.CERTIFICATE_REVOKED, "certificate_revoked (44)"),
    Ill("server-revoked", server(lambda: softswitch(crls=(crl(ROOT), crl(ISSUING, SERVERS["good"])))), CauseId.CERTIFICATE_REVOKED, "the certificate of vos", where=Where.SOFTSWITCH),
    Ill("stale", server(lambda: softswitch(crls=(crl(ROOT), crl(ISSUING, end="2020-01-01T00:00:00Z"))), refused(45)), CauseId.CRL_STALE, "ran out at 2020-01-01", where=Where.SOFTSWITCH),
    Ill("stale-not-asked", lambda: evidence(softswitch=None, probed=probed(refused(45))), CauseId.CRL_STALE, "mostly a revocation list", Certainty.LIKELY, Where.SOFTSWITCH),
    Ill("no-root-list", server(lambda: replace(softswitch(crls=(crl(ISSUING),)), files=(*softswitch().files, replace(softswitch().files[0], name="crl"))), refused(48)), CauseId.CRL_INCOMPLETE, "has no list of CN=Root", where=Where.SOFTSWITCH),
    # Names
    Ill("server-name", serving(SERVERS["other-name"], ISSUING.certificate), CauseId.SERVER_NAME_WRONG, "speaks for other.example", where=Where.SOFTSWITCH),
    Ill("wildcard", serving(SERVERS["wildcard"], ISSUING.certificate), CauseId.SERVER_NAME_WRONG, "a wildcard is no identity", where=Where.SOFTSWITCH),
    Ill("dialled", lambda: evidence(probed=replace(probed(), connect="voice.example.org:5061")), CauseId.DOMAIN_DIALLED_WRONG, "voice.example.org"),
    Ill("not-served", lambda: replace(evidence(), aor="sip:gw1@other.example", device=gateway(chain_of(material.leaf(ISSUING, "gw1", uris=["sip:gw1@other.example"])))), CauseId.DOMAIN_DIALLED_WRONG, "the softswitch serves example.com"),
    Ill("identity", lambda: replace(evidence(), aor="sip:gw2@example.com"), CauseId.IDENTITY_MISMATCH, "sip:gw1@example.com"),
    # The way there
    Ill("down", server(lambda: softswitch(service=Service("vos", "inactive", log=("bye",)), listening=(22,)), Observation(reach=Reach.REFUSED)), CauseId.SOFTSWITCH_SERVICE_DOWN, "log: bye", where=Where.SOFTSWITCH),
    Ill("nobody-listens", server(lambda: softswitch(listening=(22, 5060)), Observation(reach=Reach.REFUSED)), CauseId.NOTHING_LISTENS, "vos listens on 22, 5060", where=Where.SOFTSWITCH),
    Ill("nobody-asked", lambda: evidence(softswitch=None, probed=probed(Observation(reach=Reach.REFUSED))), CauseId.NOTHING_LISTENS, "refused at once", Certainty.LIKELY, Where.SOFTSWITCH),
    Ill("blocked", server(lambda: softswitch(packet_filter=drops(port("tcp", 5061))), SILENT), CauseId.PORT_BLOCKED, "tcp dport 5061 drop", where=Where.SOFTSWITCH),
    Ill("blocked-old", server(lambda: softswitch(filter_lines=("-A INPUT -p tcp -m tcp --dport 5061 -j DROP",)), SILENT), CauseId.PORT_BLOCKED, "iptables: -A INPUT", where=Where.SOFTSWITCH),
    Ill("blocked-between", server(lambda: softswitch(packet_filter=drops(port("tcp", 23))), SILENT), CauseId.PORT_BLOCKED, "its packet filter admits it", Certainty.LIKELY, Where.PATH),
    Ill("not-listed", server(lambda: softswitch(packet_filter=NOT_LISTED), SILENT), CauseId.SOURCE_NOT_ADMITTED, ADDRESS, where=Where.SOFTSWITCH),
    Ill("listed-and-nat", server(lambda: softswitch(packet_filter=LISTED), SILENT), CauseId.SOURCE_NOT_ADMITTED, "NAT", Certainty.LIKELY, Where.PATH),
    Ill("no-route", lambda: evidence(probed=probed(Observation(reach=Reach.UNREACHABLE))), CauseId.NO_ROUTE, "no route from gw1", Certainty.LIKELY, Where.PATH),
    Ill("rejects", server(softswitch, Observation(reach=Reach.REFUSED)), CauseId.PORT_BLOCKED, "on the way refuses", where=Where.PATH),
    Ill("plain-there", lambda: evidence(probed=probed(Observation(reach=Reach.CONNECTED, first_octets=b"SIP/2.0 400"))), CauseId.NO_TLS_SPOKEN, "SIP/2.0 400", where=Where.SOFTSWITCH),
    Ill("mute", lambda: evidence(probed=probed(Observation(reach=Reach.CONNECTED))), CauseId.NO_TLS_SPOKEN, "no word came back", Certainty.LIKELY, Where.SOFTSWITCH),
    Ill("nat", lambda: evidence(probed=replace(probed(), seen_from="203.0.113.9")), CauseId.NAT_BETWEEN, "received=203.0.113.9", where=Where.PATH),
    Ill("slow", lambda: evidence(handshake_limit=20), CauseId.HANDSHAKE_SLOW, "took 40 ms, and the limit is 20 ms", Certainty.LIKELY, Where.PATH),
    # What they have in common
    Ill("version", lambda: evidence(probed=probed(replace(REFUSED_AT_ONCE, alerts=(Alert(70, sent=False, fatal=True),)))), CauseId.NO_COMMON_VERSION, "protocol_version (70)", where=Where.SOFTSWITCH),
    Ill("version-here", device(lambda: gateway(openssl_settings=("MaxProtocol = TLSv1",)), Observation(reach=Reach.CONNECTED, errors=(OpensslError(0, "no protocols available"),))), CauseId.NO_COMMON_VERSION, "MaxProtocol = TLSv1"),
    Ill("version-wide", lambda: evidence(probed=replace(probed(REFUSED_AT_ONCE), wide=chose(0x0304))), CauseId.NO_COMMON_VERSION, "the softswitch chose TLSv1.3", where=Where.SOFTSWITCH),
    Ill("cipher", lambda: evidence(probed=replace(probed(REFUSED_AT_ONCE), wide=chose(suite=0xC02C))), CauseId.NO_COMMON_CIPHER, "ECDHE-ECDSA-AES256-GCM-SHA384", where=Where.SOFTSWITCH),
    Ill("group", lambda: evidence(probed=replace(probed(REFUSED_AT_ONCE), wide=chose(group="X25519"))), CauseId.NO_COMMON_GROUP, "X25519", where=Where.SOFTSWITCH),
    Ill("cannot-tell", lambda: evidence(probed=probed(REFUSED_AT_ONCE)), CauseId.NOTHING_IN_COMMON, "handshake_failure (40)", Certainty.LIKELY, Where.SOFTSWITCH),
    Ill("captured", lambda: evidence(captured=(HelloSeen("offers TLSv1", ADDRESS, ("TLSv1",)),)), CauseId.NO_COMMON_VERSION, "captured: offers TLSv1"),
    Ill("other-refusal", lambda: evidence(probed=replace(probed(refused(49)), findings=(Finding("access denied"),))), CauseId.REFUSED, "access denied", Certainty.LIKELY, Where.SOFTSWITCH),
    # What is loaded
    Ill("served", server(lambda: softswitch(chain_of(SERVERS["plain-names"]))), CauseId.SERVED_BEHIND_DISK, "it was not reloaded", where=Where.SOFTSWITCH),
    Ill("device-behind", server(lambda: softswitch(registrations=(Registration("sip:gw1@example.com", "0badcafe", 4000),))), CauseId.DEVICE_BEHIND_DISK, "0badcafe, since 4000 s"),
    # Media
    Ill("srtp-off", device(lambda: gateway(settings={**SIP, "srtp_encryption": "none"})), CauseId.SRTP_OFF, "requires SRTP"),
    Ill("keying", device(lambda: gateway(settings={**SIP, "srtp_auth": "dtls"})), CauseId.SRTP_KEYING_MISMATCH, "gw1 keys by DTLS"),
    Ill("suite", server(lambda: softswitch(domains=(DomainPolicy("example.com", srtp_require=True, srtp_auth="sdes", suites=("AEAD_AES_256_GCM",)),))), CauseId.SRTP_SUITE_MISMATCH, "allows AEAD_AES_256_GCM"),
    Ill("udp", server(lambda: softswitch(packet_filter=drops(port("udp", {"range": [10000, 20000]})))), CauseId.MEDIA_PORTS_CLOSED, "10000, 15000, 20000", where=Where.SOFTSWITCH),
    Ill("udp-part", server(lambda: softswitch(packet_filter=drops(port("udp", {"range": [16000, 20000]})))), CauseId.MEDIA_PORTS_CLOSED, "closed: 20000", where=Where.SOFTSWITCH),
    Ill("call", lambda: evidence(call=MediaCall("gw2", State.FAILED, "sdes: X", 488, (Finding("no media was agreed on: tag 2 answered, 1 offered"),))), CauseId.MEDIA_NOT_AGREED, "tag 2 answered", Certainty.LIKELY, Where.SOFTSWITCH),
    # The gateway itself
    Ill("stopped", device(lambda: gateway(service=Service("gateway", "inactive"))), CauseId.DEVICE_SERVICE_DOWN, "systemctl restart gateway, on gw1"),
    Ill("restarting", device(lambda: gateway(service=Service("gateway", "restarting", log=("out of memory",)))), CauseId.DEVICE_SERVICE_DOWN, "out of memory"),
    Ill("not-registered", server(lambda: softswitch(registrations=())), CauseId.NOT_REGISTERED, "is not registered at vos", Certainty.LIKELY),
]  # fmt: skip


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert diagnose(evidence()) == ()
    assert verdict_of((), evidence()) == "ok"


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.id)
def test_the_first_cause_is_the_one(case: Ill) -> None:
    found = diagnose(case.evidence())
    assert found, "nothing was found"
    first = found[0]
    assert (first.id, first.certainty, first.where) == (case.cause, case.certainty, case.where)
    assert case.words in " | ".join((first.cause, *first.evidence, first.remedy, first.fix))
    assert verdict_of(found, case.evidence()) == "failed"


def test_every_cause_is_some_first_cause_or_explained() -> None:
    shown = {case.cause for case in CASES}
    assert set(CauseId) - shown <= {CauseId.KEY_WEAK, CauseId.NO_ANSWER, CauseId.UNEXPLAINED}


def cause(kind: CauseId, certainty: Certainty = Certainty.CERTAIN) -> Cause:
    return Cause(kind, kind.value, certainty, Where.DEVICE, "gw1")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (CauseId.CLOCK_OFF, CauseId.CERTIFICATE_NOT_YET_VALID),
        (CauseId.CLOCK_OFF, CauseId.CRL_STALE),
        (CauseId.PORT_BLOCKED, CauseId.NOT_REGISTERED),
        (CauseId.PEM_UNREADABLE, CauseId.PAIR_MISMATCH),
        (CauseId.PEM_UNREADABLE, CauseId.DEVICE_SERVICE_DOWN),
        (CauseId.CRL_STALE, CauseId.REFUSED),
        (CauseId.SOFTSWITCH_SERVICE_DOWN, CauseId.NOTHING_LISTENS),
        (CauseId.CERTIFICATE_SELF_SIGNED, CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH),
    ],
)
def test_what_others_follow_from_comes_first_however_sure_they_are(first: CauseId, then: CauseId) -> None:
    found = ranked(
        [cause(then), cause(first, Certainty.LIKELY if then in EXPLAINS.get(first, ()) else Certainty.CERTAIN)]
    )
    assert [one.id for one in found] == [first, then]


def test_a_guess_explains_nothing() -> None:
    found = ranked([cause(CauseId.NOT_REGISTERED, Certainty.LIKELY), cause(CauseId.FILE_FORBIDDEN, Certainty.POSSIBLE)])
    assert [one.id for one in found] == [CauseId.NOT_REGISTERED, CauseId.FILE_FORBIDDEN]


def test_each_cause_is_named_once_and_as_sure_as_any_rule_is() -> None:
    found = ranked([cause(CauseId.CRL_STALE, Certainty.LIKELY), cause(CauseId.CRL_STALE)])
    assert [one.certainty for one in found] == [Certainty.CERTAIN]


def test_what_cannot_be_known_is_told_and_is_no_cause() -> None:
    little = Evidence(NOW, "sip:gw1@example.com", Side("gw1"))
    assert diagnose(little) == ()
    assert verdict_of((), little) == "unknown"
    whats = " | ".join(one.what for one in unknowns(little))
    for words in (
        "service of gw1",
        "clock of gw1",
        "AES-NI",
        "only the softswitch knows",
        "after TLS",
        "a call agrees on",
        "NAT",
    ):
        assert words in whats
    asked = " | ".join(one.what for one in unknowns(evidence(softswitch=Side("vos"))))
    assert "who is registered" in asked
    assert "which certificate vos serves" in asked


def test_what_is_told_to_people_has_evidence_and_a_fix() -> None:
    causes = diagnose(evidence(device=gateway(clock_ahead=90_000)))
    lines = summary("gw1", causes, ())
    assert lines[0].startswith("1. the clock of gw1 is 1.0 days (90000 s) ahead")
    assert any(line.startswith("   fix: timedatectl") for line in lines)
    assert cause_facts(causes)[0]["rank"] == 1
    assert summary("gw1", (), ()) == ["nothing was found that keeps gw1 from working"]


def test_one_end_survives_its_way_as_facts() -> None:
    before = softswitch(crls=(crl(ISSUING, GATEWAYS["gw1"]),), refusals=("{}",), openssl_settings=("Groups = X25519",))
    assert Side.of_facts(json.loads(json.dumps(before.facts()))) == before
