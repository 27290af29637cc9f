# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy by table: what is right, what is wrong, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import KEY_TYPES as MAKEABLE
from ansible_collections.siptls.vos.plugins.module_utils.policy.check import check, variables_of
from ansible_collections.siptls.vos.plugins.module_utils.policy.variables import KEY_TYPES, ROLES
from ansible_collections.siptls.vos.plugins.module_utils.policy.violations import PolicyVerdict, Unreadable, Violation

RIGHT: dict[str, Any] = {
    "inventory_hostname": "gw1",
    "inventory_dir": "/srv/fleet",
    "pki_root_passphrase": "correct horse",
    "pki_issuing_passphrase": "battery staple",
    "vos_hostname": "vos.example.com",
    "vos_sip_domains": [{"name": "example.com"}],
    "gateway_sip_domain": "example.com",
}
EVERY_ROLE = ("pki", "vos", "gateway")


def verdict_on(roles: tuple[str, ...] = EVERY_ROLE, others: tuple[str, ...] = (), **changed: Any) -> PolicyVerdict:
    """The verdict on right values with some changed; a value of None leaves the variable out."""
    given = {name: value for name, value in {**RIGHT, **changed}.items() if value is not None}
    return check(roles, given, list(given), others)


def only(violations: tuple[Violation, ...]) -> Violation:
    assert len(violations) == 1, [str(violation) for violation in violations]
    return violations[0]


def test_right_values_have_neither_problems_nor_warnings() -> None:
    assert verdict_on() == PolicyVerdict((), (), (1, 1))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("vos_tls_port", 1),
        ("vos_tls_port", 65535),
        ("vos_tls_port", "5061"),  # -e vos_tls_port=5061 gives text
        ("vos_verify_mode", "require_verify"),
        ("vos_ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        ("vos_min_version", "TLSv1.3"),
        ("vos_groups", []),
        ("vos_groups", ["X25519MLKEM768", "X25519", "P-256"]),
        ("vos_crl_file", ""),
        ("vos_crl_file", "/etc/vos/certs/crl.pem"),
        ("vos_session_cache", "none"),
        ("vos_session_timeout", "7d"),
        ("vos_sip_domains", []),
        (
            "vos_sip_domains",
            [{"name": "a.example", "srtp_auth": "dtls", "srtp_require": "no"}, {"name": "b", "state": "absent"}],
        ),
        ("vos_sip_domains", [{"name": "a.example", "srtp_suites": []}]),
        ("vos_sip_domains", [{"name": "a.example", "srtp_suites": ["AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80"]}]),
        ("vos_sip_domains", [{"name": "a.example", "srtp_auth": "dtls", "srtp_suites": ["AEAD_AES_256_GCM"]}]),
        ("vos_keepalive_interval", "95s"),
        ("vos_connection_lifetime", "1d"),
        ("vos_hostname", "VOS-1.example.com"),
        ("vos_hostname", "vos"),
        ("vos_hostname", "xn--bcher-kva.example"),
        ("vos_hostname", "4you.example"),
        ("vos_xml_schema_check", "no"),
        ("vos_certificate_owner", 117),
        ("vos_certificate_group", "ssl-cert"),
        ("gateway_user", "+49.30_1-2"),
        ("gateway_register", "sip:vos.example.com"),
        ("gateway_register", "sip:vos.example.com:5061"),
        ("gateway_srtp_encryption", "aes256_gcm"),
        ("gateway_srtp_auth", "dtls"),
        ("gateway_register_expires", "10m"),
        ("gateway_keepalive_interval", "95s"),
        ("gateway_reload_command", "/etc/init.d/sip restart && sleep 1"),
        ("gateway_key_type", "ed25519"),
        ("pki_directory", "./pki"),
        ("pki_root_subject", {"common_name": "Example Root", "country_name": "DE"}),
    ],
)
def test_a_right_value_is_accepted(variable: str, value: Any) -> None:
    hostname = {"gateway_hostname": "gw1.example.com"} if variable == "gateway_user" else {}
    assert verdict_on(**{variable: value}, **hostname).problems == ()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("vos_tls_port", 99999, "from 1 to 65535; found 99999"),
        ("vos_tls_port", 0, "from 1 to 65535; found 0"),
        ("vos_tls_port", True, "found True"),
        ("vos_tls_port", "5o61", "found '5o61'"),
        (
            "vos_verify_mode",
            "require_verfy",
            "one of none, optional, require, require_verify; found 'require_verfy'; did you mean",
        ),
        ("vos_ciphers", "ECDHE+AESGMC", "did you mean 'AESGCM'?"),
        ("vos_ciphers", "HIGH\nkey_file = /etc/shadow", "is no name"),
        ("vos_ciphers", ["HIGH"], "found ['HIGH']"),
        ("vos_min_version", "TLSv1.1", "one of TLSv1.2, TLSv1.3; found 'TLSv1.1'"),
        ("vos_min_version", 1.2, "found 1.2"),
        ("vos_groups", ["X25519", "P256"], "vos_groups[1]: expected one of X25519,"),
        ("vos_groups", "X25519", "a list of key exchange groups"),
        ("vos_crl_file", "crl.pem", "absolute path"),
        ("vos_session_cache", "shared", "shared:10m; found 'shared'"),
        ("vos_session_timeout", "8d", "at most 7d"),
        ("vos_session_timeout", "1w", "a number of s, m, h or d"),
        ("vos_session_timeout", 3600, "found 3600"),
        ("vos_hostname", "vos_1.example.com", "host name"),
        ("vos_hostname", "*.example.com", "host name"),
        ("vos_hostname", "192.0.2.1", "host name"),
        ("vos_hostname", "vos.example.com.", "host name"),
        ("vos_hostname", f"{'a' * 60}.example.com", "at most 64 characters"),
        ("vos_hostname", "bücher.example", "xn--"),
        ("vos_sip_domains", {"name": "example.com"}, "a list of SIP domains"),
        ("vos_sip_domains", ["example.com"], "vos_sip_domains[0]: expected a dictionary"),
        ("vos_sip_domains", [{}], "vos_sip_domains[0].name: expected a host name"),
        ("vos_sip_domains", [{"name": "a.example"}, {"name": "../x"}], "vos_sip_domains[1].name"),
        ("vos_sip_domains", [{"name": 'a"/><x y="'}], "vos_sip_domains[0].name"),
        (
            "vos_sip_domains",
            [{"name": "a.example", "srtp_auth": "dltls"}],
            "one of sdes, dtls; found 'dltls'; did you mean dtls?",
        ),
        ("vos_sip_domains", [{"name": "a.example", "transport": "udp"}], "transport: expected tls; found 'udp'"),
        (
            "vos_sip_domains",
            [{"name": "a.example", "srpt_auth": "dtls"}],
            "found the key 'srpt_auth'; did you mean srtp_auth?",
        ),
        ("vos_sip_domains", [{"name": "a.example"}, {"name": "A.example"}], "each SIP domain once; found 'A.example'"),
        (
            "vos_sip_domains",
            [{"name": "a.example", "srtp_suites": ["AEAD_AES_256_GCM", "AES_256_GCM"]}],
            "vos_sip_domains[0].srtp_suites[1]: expected one of AES_CM_128_HMAC_SHA1_80,",
        ),
        ("vos_sip_domains", [{"name": "a.example", "srtp_suites": "AEAD_AES_256_GCM"}], "a list of SRTP suites"),
        ("vos_sip_domains", [{"name": "a.example", "srtp_suites": ["NULL_HMAC_SHA1_80"]}], "found 'NULL_HMAC_SHA1_80'"),
        (
            "vos_sip_domains",
            [{"name": "a.example", "srtp_auth": "dtls", "srtp_suites": ["AES_256_CM_HMAC_SHA1_80"]}],
            "vos_sip_domains[0].srtp_suites: expected with srtp_auth dtls one or more of AES_CM_128_HMAC_SHA1_80,",
        ),
        ("vos_keepalive_interval", "2h", "less than vos_connection_lifetime (2h)"),
        ("vos_keepalive_interval", 95, "a number of s, m, h or d"),
        ("vos_conf_directory", "/etc/../tmp", "without '..'"),
        ("vos_conf_directory", "/", "the absolute path of a folder"),
        ("vos_conf_directory", "/etc/vos ;x", "the absolute path of a folder"),
        ("vos_certificate_owner", "root;id", "account"),
        ("vos_certificate_valid_for", 90, "such as 90d; found 90"),
        ("vos_certificate_valid_for", "90 days", "such as 90d; found '90 days'"),
        ("vos_certificate_renew_before", "90d", "less than vos_certificate_valid_for (90d); found '90d'"),
        ("vos_certificate_renew_before", "13w", "less than vos_certificate_valid_for"),
        ("vos_key_type", "rsa-1024", "rsa-2048"),
        ("vos_service", "vos; reboot", "systemd service"),
        ("vos_reload_command", "", "a shell command"),
        ("vos_xml_schema_check", "perhaps", "true or false"),
        (
            "vos_tls_port",
            Unreadable("{{ port }}", "'port' is undefined"),
            "a template that fails ('port' is undefined)",
        ),
        ("gateway_user", "gw 1", "SIP user"),
        ("gateway_register", "sip:gw1@vos.example.com:5061", "the user comes from gateway_user"),
        ("gateway_register", "sip:vos.example.com:70000", "a port from 1 to 65535"),
        ("gateway_register", "vos.example.com:5061", "sip: with a host name"),
        ("gateway_transport", "udp", "expected tls; found 'udp'"),
        ("gateway_srtp_encryption", "aes_128_cm", "aes128_cm, aes256_gcm; found 'aes_128_cm'; did you mean aes128_cm?"),
        ("gateway_srtp_auth", "zrtp", "one of sdes, dtls; found 'zrtp'"),
        ("gateway_register_expires", "8d", "at most 7d"),
        ("gateway_certificate_renew_before", "200d", "less than gateway_certificate_valid_for"),
        ("pki_issuing_name", "root", "another name than pki_root_name"),
        ("pki_issuing_name", "../root", "letters, digits"),
        ("pki_issuing_valid_for", "3650d", "less than pki_root_valid_for (3650d)"),
        ("pki_root_certificate", "/srv/root.pem", "pki_root_private_key: expected a path"),
        ("pki_root_private_key", "/srv/root.key", "pki_root_certificate: expected a path"),
        ("pki_root_subject", {"organization_name": "Example"}, "pki_root_subject.common_name: expected 1 to 64"),
        ("pki_root_subject", {"common_name": "Root", "country_name": "Germany"}, "two capitals"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected_and_found(variable: str, value: Any, words: str) -> None:
    violation = only(verdict_on(**{variable: value}).problems)
    assert words in str(violation)


@pytest.mark.parametrize("variable", ["vos_hostname", "vos_sip_domains", "gateway_sip_domain", "pki_root_passphrase"])
def test_a_required_variable_that_is_missing_is_named(variable: str) -> None:
    violation = only(verdict_on(**{variable: None}).problems)
    assert (violation.variable, violation.found, violation.remedy) == (variable, "nothing", "set it")


def test_all_problems_are_named_at_once() -> None:
    verdict = verdict_on(vos_tls_port=0, vos_min_version="SSLv3", gateway_register="nobody", vos_groups=["a", "b"])
    assert {violation.variable for violation in verdict.problems} == {
        "vos_tls_port", "vos_min_version", "gateway_register", "vos_groups[0]", "vos_groups[1]",
    }  # fmt: skip


def test_what_follows_from_a_wrong_value_is_not_named_as_well() -> None:
    register = Unreadable("sip:{{ vos_hostname }}:5061", "'site' is undefined")
    hostname = Unreadable("{{ site }}.example.com", "'site' is undefined")
    problems = verdict_on(gateway_sip_domain=None, vos_hostname=hostname, gateway_register=register).problems
    assert {violation.variable for violation in problems} == {"gateway_sip_domain", "vos_hostname"}


def test_templates_that_fail_because_of_each_other_are_both_named() -> None:
    hostname = Unreadable("{{ gateway_register }}.example.com", "recursive loop")
    register = Unreadable("sip:{{ vos_hostname }}", "recursive loop")
    problems = verdict_on(vos_hostname=hostname, gateway_register=register).problems
    assert {violation.variable for violation in problems} == {"vos_hostname", "gateway_register"}


def test_a_default_follows_other_variables() -> None:
    violation = only(verdict_on(inventory_hostname="gw_1").problems)
    assert (violation.variable, violation.found) == ("gateway_hostname", "'gw_1.example.com'")


def test_an_inventory_without_a_folder_needs_the_pki_directory() -> None:
    assert only(verdict_on(inventory_dir=None).problems).variable == "pki_directory"
    assert verdict_on(inventory_dir=None, pki_directory="/srv/pki").problems == ()


@pytest.mark.parametrize("passphrase", ["", "short", 12345678])
def test_a_wrong_passphrase_is_never_shown(passphrase: object) -> None:
    violation = only(verdict_on(pki_issuing_passphrase=passphrase).problems)
    assert violation.variable == "pki_issuing_passphrase"
    assert not passphrase or str(passphrase) not in str(violation)


def test_a_wrong_private_key_is_never_shown() -> None:
    violation = verdict_on(pki_root_certificate="/x", pki_root_private_key=["-----BEGIN PRIVATE KEY-----"]).problems[0]
    assert "PRIVATE KEY---" not in str(violation)


@pytest.mark.parametrize("mode", ["none", "optional", "require"])
def test_weak_verification_stops_unless_it_is_allowed_by_name(mode: str) -> None:
    violation = only(verdict_on(vos_verify_mode=mode).problems)
    assert "vos_allow_weak_verification: true" in violation.remedy
    assert "authenticates nobody who has no certificate of your CA" in violation.remedy
    allowed = verdict_on(vos_verify_mode=mode, vos_allow_weak_verification=True)
    assert allowed.problems == ()
    assert "nobody without a certificate of your CA is authenticated" in only(allowed.warnings).remedy


def test_the_ciphers_of_the_requirement_are_accepted_with_a_warning() -> None:
    verdict = verdict_on(vos_ciphers="HIGH:!aNULL:!MD5")
    assert verdict.problems == ()
    warning = str(only(verdict.warnings))
    assert all(word in warning for word in ("static RSA", "PSK", "CBC"))
    assert verdict_on(vos_ciphers="HIGH:!aNULL:!MD5", vos_min_version="TLSv1.3").warnings == ()


def test_ciphers_that_no_certificate_of_this_key_can_use_are_refused() -> None:
    violation = only(verdict_on(vos_ciphers="ECDHE-RSA-AES256-GCM-SHA384").problems)
    assert "no TLS 1.2 handshake could succeed" in violation.remedy
    for fits in ({"vos_key_type": "rsa-3072"}, {"vos_min_version": "TLSv1.3"}):
        assert verdict_on(vos_ciphers="ECDHE-RSA-AES256-GCM-SHA384", **fits).problems == ()


@pytest.mark.parametrize(
    ("changed", "variable"),
    [
        ({"vos_sip_domains": [{"name": "example.com", "port": 5071}]}, "vos_sip_domains[0].port"),
        (
            {"vos_crl_file": "/crl.pem", "vos_verify_mode": "require", "vos_allow_weak_verification": True},
            "vos_crl_file",
        ),
    ],
)
def test_what_is_allowed_and_odd_is_said(changed: dict[str, Any], variable: str) -> None:
    verdict = verdict_on(**changed)
    assert verdict.problems == ()
    assert variable in [violation.variable for violation in verdict.warnings]


def test_a_softswitch_with_lists_needs_the_passphrase_of_the_root() -> None:
    """OpenSSL wants a list of every authority."""
    violation = only(verdict_on(("vos",), vos_crl_file="/crl.pem", pki_root_passphrase=None).problems)
    assert violation.variable == "pki_root_passphrase"
    assert verdict_on(("vos",), vos_crl_file="", pki_root_passphrase=None).problems == ()


@pytest.mark.parametrize("name", ["pki_crl_renew_before", "pki_root_crl_renew_before"])
def test_an_alarm_that_every_list_would_raise_is_refused(name: str) -> None:
    due = {"vos_crl_file": "/crl.pem", "vos_crl_alarm_before": "2d", name: "48h"}
    violation = only(verdict_on(**due).problems)
    assert violation.variable == "vos_crl_alarm_before"
    assert name in violation.expected
    assert verdict_on(**due | {"vos_crl_alarm": False}).problems == ()
    assert verdict_on(**due | {"vos_crl_file": ""}).problems == ()
    assert verdict_on(**due | {name: "49h"}).problems == ()


def test_a_typo_in_the_name_of_a_variable_is_a_problem() -> None:
    violation = only(verdict_on(vos_verfiy_mode="require_verify").problems)
    assert violation.variable == "vos_verfiy_mode"
    assert "did you mean vos_verify_mode?" in violation.remedy
    assert "siptls_other_variables" in violation.remedy


def test_an_unknown_name_that_is_near_to_none_is_a_warning() -> None:
    verdict = verdict_on(gateway_rack=4, gateway_serial=10, other_thing=1, __vos_private=2)
    assert verdict.problems == ()
    assert only(verdict.warnings).variable == "gateway_rack"


def test_names_that_belong_to_something_else_can_be_listed() -> None:
    verdict = verdict_on(others=("gateway_site_*", "vos_verfiy_mode"), gateway_site_name="B", vos_verfiy_mode="x")
    assert verdict == PolicyVerdict((), (), (1, 1))


def test_only_the_names_of_the_roles_that_run_are_looked_at() -> None:
    assert verdict_on(roles=("pki", "gateway"), vos_tls_port=99999, vos_rack=2) == PolicyVerdict((), (), (1, 1))


@pytest.mark.parametrize(
    ("changed", "version"),
    [
        ({"vos_groups": ["X25519"]}, (1, 1)),
        ({"vos_groups": ["X25519MLKEM768"]}, (3, 5)),
        ({"vos_ciphers": "ECDHE+AESGCM:!CBC"}, (3, 0)),
    ],
)
def test_the_openssl_that_the_values_need(changed: dict[str, Any], version: tuple[int, int]) -> None:
    assert verdict_on(**changed).least_openssl == version


def test_every_key_type_that_can_be_made_is_a_choice() -> None:
    assert set(KEY_TYPES.choices) == set(MAKEABLE)


def test_every_default_is_right() -> None:
    assert verdict_on().problems == ()
    assert len(variables_of(ROLES)) > 40


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("audit_rotate_size", "100M", ""),
        ("audit_rotate_size", 100, "a number and a unit (k, M, G), such as 100M; found 100"),
        ("audit_rotate_size", "1T\n}", "a number and a unit"),
        ("audit_keep_days", "365", ""),
        ("audit_keep_days", 0, "1 to 100000; found 0"),
        ("audit_fail2ban_bantime", "-1", "a whole number above zero and a unit"),
        ("audit_fail2ban_ignore", ["192.0.2.0/24", "2001:db8::7"], ""),
        ("audit_fail2ban_ignore", ["gw1.example.com"], "audit_fail2ban_ignore[0]"),
        ("audit_lines", "files/lines.awk", ""),
        ("audit_lines", "", "a path on the controller"),
    ],
)
def test_the_values_of_the_role_audit(variable: str, value: Any, words: str) -> None:
    problems = verdict_on(roles=("audit",), **{variable: value}).problems
    if words:
        assert words in str(only(problems))
    else:
        assert problems == ()


BESIDE = {
    "root": "pq-root",
    "issuing": "pq-issuing",
    "root_passphrase": "of the pq root",
    "issuing_passphrase": "of the pq issuing",
}
SECOND = {"hostname": "pq.vos.example.com"}


def test_authorities_beside_the_others_and_what_they_issue_are_right() -> None:
    found = verdict_on(
        pki_post_quantum={**BESIDE, "root_key_type": "ml-dsa-87", "issuing_key_type": "ml-dsa-65"},
        vos_post_quantum_certificate={**SECOND, "key_type": "ml-dsa-87"},
        gateway_post_quantum_key_type="ml-dsa-65",
    )
    assert (found.problems, found.warnings) == ((), ())


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"pki_post_quantum": {**BESIDE, "root": "root"}}, "pki_post_quantum.root"),
        ({"pki_post_quantum": {**BESIDE, "issuing": "issuing"}}, "pki_post_quantum.issuing"),
        ({"pki_post_quantum": {**BESIDE, "issuing": "pq-root"}}, "pki_post_quantum.issuing"),
        ({"pki_post_quantum": {**BESIDE, "root_key_type": "ecdsa-p256"}}, "pki_post_quantum.root_key_type"),
        ({"vos_post_quantum_certificate": SECOND}, "pki_post_quantum"),
        (
            {"pki_post_quantum": BESIDE, "vos_post_quantum_certificate": {"hostname": "VOS.example.com"}},
            "vos_post_quantum_certificate.hostname",
        ),
        ({"gateway_post_quantum_key_type": "ml-dsa-65"}, "pki_post_quantum"),
        ({"gateway_post_quantum_key_type": "ecdsa-p256", "pki_post_quantum": BESIDE}, "gateway_post_quantum_key_type"),
    ],
)
def test_what_cannot_stand_beside_is_refused(changed: dict[str, Any], name: str) -> None:
    assert only(verdict_on(**changed).problems).variable == name


@pytest.mark.parametrize(
    ("roles", "changed"),
    [
        (("gateway",), {"gateway_post_quantum_key_type": "ml-dsa-65", "pki_post_quantum": BESIDE}),
        (("gateway",), {"gateway_key_type": "ml-dsa-44"}),
        (("vos",), {"vos_key_type": "ml-dsa-65", "vos_min_version": "TLSv1.3"}),
        (("vos",), {"vos_post_quantum_certificate": SECOND, "pki_post_quantum": BESIDE}),
    ],
)
def test_a_key_that_an_older_openssl_cannot_make_is_found_before_anything_is_touched(
    roles: tuple[str, ...], changed: dict[str, Any]
) -> None:
    assert verdict_on(roles, **changed).least_openssl == (3, 5)


TOKEN = {"module": "/usr/lib/softhsm/libsofthsm2.so", "token": "sip-ca", "object": "issuing"}


def test_pin_of_a_token_may_be_shorter_than_a_passphrase() -> None:
    assert not verdict_on(pki_issuing_passphrase="4711", pki_issuing_pkcs11=TOKEN).problems
    assert only(verdict_on(pki_issuing_passphrase="4711").problems).variable == "pki_issuing_passphrase"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"module": "pki/evil.so"}, "pki_issuing_pkcs11.module: expected the absolute path"),
        ({"module": "/usr/lib/a\nb.so"}, "pki_issuing_pkcs11.module: expected the absolute path"),
        ({"token": ""}, "pki_issuing_pkcs11.token: expected the label of the token"),
        ({"pin": "4711"}, "only the keys module, token, object"),
    ],
)
def test_key_in_a_token_is_named_whole(changed: dict[str, str], words: str) -> None:
    assert words in str(only(verdict_on(pki_issuing_pkcs11={**TOKEN, **changed}).problems))
