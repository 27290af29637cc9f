# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a platform cannot express is refused, by variable and with the alternative.

The platforms of the collection lack nothing yet, so those in here are made up: instances of the type that the table holds.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.platforms.catalogue import GATEWAYS, PLATFORMS, SOFTSWITCHES
from ansible_collections.siptls.vos.plugins.module_utils.platforms.platform import Platform, SettingsFile
from ansible_collections.siptls.vos.plugins.module_utils.policy.capabilities import CAPABILITIES
from ansible_collections.siptls.vos.plugins.module_utils.policy.check import check
from ansible_collections.siptls.vos.plugins.module_utils.policy.fleet import Gateway, Softswitch, fleet_violations
from ansible_collections.siptls.vos.plugins.module_utils.policy.variables import ROLES, Following
from ansible_collections.siptls.vos.plugins.module_utils.policy.violations import Verdict

FILE = SettingsFile("/etc/x.conf", "x", "cert", "key", "ca")
EDGE = "put an edge in front of it"
RIGHT: dict[str, Any] = {
    "inventory_hostname": "h1",
    "inventory_dir": "/srv/fleet",
    "pki_root_passphrase": "correct horse",
    "pki_issuing_passphrase": "battery staple",
    "vos_hostname": "vos.example.com",
    "vos_sip_domains": [{"name": "example.com"}],
    "vos_allow_weak_verification": True,
    "vos_srtp_cutover": "at_once",
    "gateway_sip_domain": "example.com",
}
TWO = {"name": "a.example", "srtp_suites": ["AES_CM_128_HMAC_SHA1_80"]}
AUTHORITIES = {
    "root": "pq-root",
    "issuing": "pq-issuing",
    "root_passphrase": "correct horse",
    "issuing_passphrase": "battery staple",
}

# The capability, the variables that ask for it, and what is said: the variable, what is expected, what is found
ASKED: list[tuple[str, str, dict[str, Any], tuple[str, str, str]]] = [
    ("vos_platform", "mode_none", {"vos_verify_mode": "none"}, ("vos_verify_mode", "another verify mode", "'none'")),
    (
        "vos_platform",
        "mode_optional",
        {"vos_verify_mode": "optional"},
        ("vos_verify_mode", "another verify mode", "'optional'"),
    ),
    (
        "vos_platform",
        "mode_require",
        {"vos_verify_mode": "require"},
        ("vos_verify_mode", "another verify mode", "'require'"),
    ),
    ("vos_platform", "mode_require_verify", {}, ("vos_verify_mode", "another verify mode", "'require_verify'")),
    (
        "vos_platform",
        "crl",
        {"vos_crl_file": "/etc/x/crl.pem"},
        ("vos_crl_file", "nothing, as the platform", "'/etc/x/crl.pem'"),
    ),
    (
        "vos_platform",
        "identity",
        {"vos_allow_weak_verification": False},
        ("vos_allow_weak_verification", "true, to accept it", "False"),
    ),
    (
        "vos_platform",
        "peer_serial",
        {"vos_srtp_cutover": "staged"},
        ("vos_srtp_cutover", "at_once, or srtp_require: false", "'staged'"),
    ),
    (
        "vos_platform",
        "domain_srtp",
        {"vos_sip_domains": [{"name": "a.example"}, {"name": "b.example", "srtp_require": "no"}]},
        ("vos_sip_domains[1].srtp_require", "True, as in the SIP domain a.example", "False"),
    ),
    (
        "vos_platform",
        "domain_verification",
        {"vos_sip_domains": [{"name": "a.example", "tls_verify": False}]},
        ("vos_sip_domains[0].tls_verify", "true", "False"),
    ),
    (
        "vos_platform",
        "srtp_dtls",
        {"vos_sip_domains": [{"name": "a.example", "srtp_auth": "dtls"}]},
        ("vos_sip_domains[0].srtp_auth", "sdes", "'dtls'"),
    ),
    (
        "vos_platform",
        "srtp_gcm",
        {"vos_sip_domains": [TWO, {"name": "b.example", "srtp_suites": ["AEAD_AES_256_GCM"]}]},
        ("vos_sip_domains[1].srtp_suites", "suites with AES_CM", "'AEAD_AES_256_GCM'"),
    ),
    (
        "vos_platform",
        "srtp_suites",
        {"vos_sip_domains": [TWO]},
        ("vos_sip_domains[0].srtp_suites", "an empty list", "'AES_CM_128_HMAC_SHA1_80'"),
    ),
    ("vos_platform", "tls13_only", {"vos_min_version": "TLSv1.3"}, ("vos_min_version", "TLSv1.2", "'TLSv1.3'")),
    ("vos_platform", "groups", {"vos_groups": ["X25519"]}, ("vos_groups", "[]", "['X25519']")),
    (
        "vos_platform",
        "sessions",
        {"vos_session_cache": "none"},
        ("vos_session_cache", "the default, shared:10m", "'none'"),
    ),
    (
        "vos_platform",
        "sessions",
        {"vos_session_timeout": "30m"},
        ("vos_session_timeout", "the default, 1h", "'30m'"),
    ),
    (
        "vos_platform",
        "connection_timers",
        {"vos_keepalive_interval": "95s"},
        ("vos_keepalive_interval", "the default, 120s", "'95s'"),
    ),
    (
        "vos_platform",
        "connection_timers",
        {"vos_connection_lifetime": "1d"},
        ("vos_connection_lifetime", "the default, 2h", "'1d'"),
    ),
    (
        "vos_platform",
        "second_certificate",
        {"vos_post_quantum_certificate": {"hostname": "pq.example.com"}, "pki_post_quantum": AUTHORITIES},
        ("vos_post_quantum_certificate", "nothing", "{'hostname': 'pq.example.com'}"),
    ),
    (
        "gateway_platform",
        "srtp_gcm",
        {"gateway_srtp_encryption": "aes256_gcm"},
        ("gateway_srtp_encryption", "aes128_cm", "'aes256_gcm'"),
    ),
    ("gateway_platform", "srtp_dtls", {"gateway_srtp_auth": "dtls"}, ("gateway_srtp_auth", "sdes", "'dtls'")),
    (
        "gateway_platform",
        "register_expires",
        {"gateway_register_expires": "10m"},
        ("gateway_register_expires", "the default, 1h", "'10m'"),
    ),
    (
        "gateway_platform",
        "keepalive",
        {"gateway_keepalive_interval": "95s"},
        ("gateway_keepalive_interval", "the default, 120s", "'95s'"),
    ),
    (
        "gateway_platform",
        "post_quantum",
        {"gateway_key_type": "ml-dsa-65"},
        ("gateway_key_type", "a key type other than ML-DSA", "'ml-dsa-65'"),
    ),
    (
        "gateway_platform",
        "post_quantum",
        {"gateway_post_quantum_key_type": "ml-dsa-44", "pki_post_quantum": AUTHORITIES},
        ("gateway_post_quantum_key_type", "a key type other than ML-DSA", "'ml-dsa-44'"),
    ),
    (
        "gateway_platform",
        "plain_settings",
        {"gateway_plain_settings": {"transport": "udp"}},
        ("gateway_plain_settings", "{}", "{'transport': 'udp'}"),
    ),
]
ROLE = {"vos_platform": "vos", "gateway_platform": "gateway"}
EVERYTHING = {kind: {one.name: EDGE for one in table} for kind, table in CAPABILITIES.items()}


def verdict(
    kind: str,
    lacks: dict[str, str],
    changed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    inventory: dict[str, str] | None = None,
) -> Verdict:
    """On a host whose platform, by the name of a real one, lacks this and is to have that in its inventory."""
    name = next(iter(PLATFORMS[kind]))
    monkeypatch.setitem(PLATFORMS[kind], name, Platform(name, FILE, lacks, inventory or {}))  # type: ignore[arg-type]
    given = {**RIGHT, **changed}
    return check([ROLE[kind]], given, list(given))


@pytest.mark.parametrize(("kind", "name", "changed", "said"), ASKED)
def test_what_a_platform_lacks_is_refused_with_the_alternative(
    kind: str, name: str, changed: dict[str, Any], said: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (problem,) = verdict(kind, {name: EDGE}, changed, monkeypatch).problems
    variable, expected, found = said
    assert (problem.variable, problem.found, problem.remedy) == (variable, found, EDGE)
    assert problem.expected.startswith(expected)
    assert f", as the platform {next(iter(PLATFORMS[kind]))} " in problem.expected


@pytest.mark.parametrize(("kind", "name", "changed", "said"), ASKED)
def test_what_a_platform_can_is_not_refused(
    kind: str, name: str, changed: dict[str, Any], said: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {other: EDGE for other in EVERYTHING[kind] if other != name}
    (without,) = (one.without for one in CAPABILITIES[kind] if one.name == name)
    assert not any(without in problem.expected for problem in verdict(kind, others, changed, monkeypatch).problems)


def test_every_capability_is_asked_for_in_here() -> None:
    assert {(kind, name) for kind, name, _changed, _said in ASKED} == {
        (kind, one.name) for kind, table in CAPABILITIES.items() for one in table
    }


@pytest.mark.parametrize("kind", sorted(CAPABILITIES))
def test_a_platform_that_lacks_everything_still_runs_with_the_defaults(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is to do in any case, to require a client's certificate, is no extra."""
    lacks = {name: EDGE for name in EVERYTHING[kind] if name != "mode_require_verify"}
    assert verdict(kind, lacks, {}, monkeypatch).problems == ()


def test_equal_durations_and_the_same_policy_for_all_domains_ask_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {
        "vos_session_timeout": "60m",
        "vos_connection_lifetime": "7200s",
        "vos_sip_domains": [
            {"name": "a.example"},
            {"name": "b.example", "srtp_auth": "sdes", "srtp_require": "yes"},
            {"name": "c.example", "srtp_require": False, "state": "absent"},
        ],
    }
    lacks = dict.fromkeys(("sessions", "connection_timers", "domain_srtp", "srtp_suites"), EDGE)
    assert verdict("vos_platform", lacks, changed, monkeypatch).problems == ()


def test_an_identity_that_nobody_compares_is_accepted_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdict("vos_platform", {"identity": EDGE}, {}, monkeypatch)
    assert found.problems == ()
    (warning,) = found.warnings
    assert warning.variable == "vos_platform"
    assert "can register as another" in warning.remedy
    assert warning.remedy.endswith(EDGE)


@pytest.mark.parametrize(
    ("proof", "refused"), [(None, True), ("certificate", True), ("registration", False), ("none", False)]
)
def test_no_registration_is_proven_by_a_serial_number_that_nobody_tells(
    proof: str | None, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SOFTSWITCHES, "dumb", Platform("dumb", FILE, {"peer_serial": EDGE}))  # type: ignore[arg-type]
    switch = {"vos_hostname": "vos.example.com", "vos_sip_domains": [{"name": "example.com"}]}
    gateway = Gateway.of("gw1", {"gateway_sip_domain": "example.com", "gateway_registration_proof": proof})
    assert fleet_violations([gateway], [Softswitch.of("vos1", switch)], ["gw1"]) == []
    found = fleet_violations([gateway], [Softswitch.of("vos1", {**switch, "vos_platform": "dumb"})], ["gw1"])
    assert len(found) is int(refused)
    for host, problem in found:
        assert (host, problem.variable, problem.remedy) == ("gw1", "gateway_registration_proof", EDGE)
        assert "the platform dumb of vos1 does not tell" in problem.expected


@pytest.mark.parametrize(
    ("kind", "variable", "default", "fits"),
    [
        ("vos_platform", "vos_service", "vos", "kamailio"),
        ("vos_platform", "vos_registrations_command", "", "/usr/local/sbin/registrations"),
        ("vos_platform", "vos_reload_command", "systemctl reload-or-restart vos", "kamcmd tls.reload"),
        ("gateway_platform", "gateway_conf", "/etc/gateway/gateway.conf", "/etc/asterisk/pjsip.conf"),
    ],
)
def test_a_default_of_another_platform_is_refused_with_a_value_that_fits(
    kind: str, variable: str, default: str, fits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for changed in ({}, {variable: default}):  # what a role brings as its default is set as well
        (problem,) = verdict(kind, {}, changed, monkeypatch, {variable: fits}).problems
        assert (problem.variable, problem.found) == (variable, repr(default))
        assert problem.remedy == f"set {variable}: {fits}"
    for value in (fits, f"{fits}2"):
        assert verdict(kind, {}, {variable: value}, monkeypatch, {variable: fits}).problems == ()


@pytest.mark.parametrize("kind", sorted(PLATFORMS))
def test_what_an_inventory_is_to_have_is_a_variable_with_a_default(kind: str) -> None:
    """Of a variable without one, the policy asks for a value in any case."""
    defaults = {one.name for one in ROLES[ROLE[kind]].own if isinstance(one.default, str | Following)}
    for platform in PLATFORMS[kind].values():
        assert platform.inventory.keys() <= defaults


@pytest.mark.parametrize("kind", sorted(PLATFORMS))
def test_platforms_lack_what_is_known_and_name_an_alternative(kind: str) -> None:
    known = {one.name for one in CAPABILITIES[kind]}
    for name, platform in PLATFORMS[kind].items():
        assert platform.name == name
        assert platform.lacks.keys() <= known
        assert all(platform.lacks.values())


def test_the_platforms_of_the_requirement_lack_nothing() -> None:
    assert not SOFTSWITCHES["vos"].lacks
    assert not GATEWAYS["generic"].lacks
