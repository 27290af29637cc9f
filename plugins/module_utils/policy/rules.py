# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What values may not be together, though each by itself is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..sip.srtp import WITH_PROFILE
from ..tls.ciphers import authentications, cipher_warnings
from .kinds import PASSPHRASE, duration_of, is_true
from .rule import Rule, Values
from .rules_platform import PLATFORM_RULES
from .violations import Violation, shown

__all__ = ["RULES", "Rule"]


def _shorter(short: str, long: str, why: str) -> Rule:
    def find(values: Values) -> Iterator[Violation]:
        limit, length = duration_of(values[long]), duration_of(values[short])
        if limit is not None and length is not None and length >= limit:
            yield Violation(short, shown(values[short]), f"less than {long} ({values[long]})", why)

    return Rule((short, long), find)


_BROUGHT = ("pki_root_certificate", "pki_root_private_key")


def _root_with_its_key(values: Values) -> Iterator[Violation]:
    certificate, key = _BROUGHT
    in_token = bool(values["pki_root_pkcs11"])
    if values[key] and in_token:
        yield Violation(key, "a private key", "nothing, as pki_root_pkcs11 names the key in a token")
    elif values[key] and not values[certificate]:
        yield Violation(certificate, "nothing", f"a path on the controller, as {key} is given")
    elif values[certificate] and not values[key] and not in_token:
        yield Violation(key, "nothing", f"a path on the controller, as {certificate} is given")


def _passphrase_or_pin(name: str) -> Rule:
    """A passphrase keeps a stolen file shut, so it is long; a token locks itself after a few wrong PINs."""
    token = name.replace("_passphrase", "_pkcs11")

    def find(values: Values) -> Iterator[Violation]:
        if not values[token]:
            yield from PASSPHRASE.problems(name, values[name])

    return Rule((name, token), find)


def _rollover_passphrases(values: Values) -> Iterator[Violation]:
    rollover = values["pki_rollover"] or {}
    for key in ("root", "issuing"):
        if rollover and not rollover.get(f"{key}_pkcs11"):
            yield from PASSPHRASE.problems(f"pki_rollover.{key}_passphrase", rollover[f"{key}_passphrase"])


_ROOT_SIGNING = _passphrase_or_pin("pki_root_passphrase")
_SIGNING = (_passphrase_or_pin("pki_issuing_passphrase"), Rule(("pki_rollover",), _rollover_passphrases))


def _pinned_roots(values: Values) -> Iterator[Violation]:
    if is_true(values["pki_require_pinned_roots"]) and not values["pki_root_fingerprints"]:
        yield Violation(
            "pki_root_fingerprints",
            "nothing",
            "the SHA-256 fingerprint of each root, since pki_require_pinned_roots is set",
            "make the CAs with -e pki_require_pinned_roots=false, which says what to set; or see "
            "openssl x509 -in pki/authorities/root/certificate.pem -noout -fingerprint -sha256",
        )


def _two_authorities(values: Values) -> Iterator[Violation]:
    if values["pki_root_name"] == values["pki_issuing_name"]:
        yield Violation("pki_issuing_name", shown(values["pki_issuing_name"]), "another name than pki_root_name")


def _others_take_over(values: Values) -> Iterator[Violation]:
    rollover = values["pki_rollover"] or {}
    present = {values["pki_root_name"]: "pki_root_name", values["pki_issuing_name"]: "pki_issuing_name"}
    for key in ("root", "issuing"):
        if rollover.get(key) in present:
            yield Violation(f"pki_rollover.{key}", shown(rollover[key]), f"another name than {present[rollover[key]]}")
    if rollover and rollover.get("root") == rollover.get("issuing"):
        yield Violation("pki_rollover.issuing", shown(rollover["issuing"]), "another name than pki_rollover.root")


def _others_are_told_apart(values: Values) -> Iterator[Violation]:
    rollover = values["pki_rollover"] or {}
    for key, title in (("root", "SIP Root CA"), ("issuing", "SIP Issuing CA")):
        brought = key == "root" and rollover.get("root_certificate")
        subject = rollover.get(f"{key}_subject", {"common_name": f"{title} {rollover.get(key)}"})
        if rollover and not brought and subject == values[f"pki_{key}_subject"]:
            remedy = "peers look for an issuer by its subject, and hold both for a while"
            yield Violation(
                f"pki_rollover.{key}_subject", shown(subject), f"another subject than pki_{key}_subject", remedy
            )


def _beside(values: Values) -> Iterator[Violation]:
    """The ML-DSA authorities are others than all that are there."""
    beside, rollover = values["pki_post_quantum"] or {}, values["pki_rollover"] or {}
    taken = {
        values["pki_root_name"]: "pki_root_name",
        values["pki_issuing_name"]: "pki_issuing_name",
        **{rollover[key]: f"pki_rollover.{key}" for key in ("root", "issuing") if key in rollover},
    }
    for key in ("root", "issuing"):
        if beside.get(key) in taken:
            yield Violation(f"pki_post_quantum.{key}", shown(beside[key]), f"another name than {taken[beside[key]]}")
    if beside and beside.get("root") == beside.get("issuing"):
        yield Violation("pki_post_quantum.issuing", shown(beside["issuing"]), "another name than pki_post_quantum.root")


def _second_certificate(values: Values) -> Iterator[Violation]:
    second = values["vos_post_quantum_certificate"]
    if not second:
        return
    if not values["pki_post_quantum"]:
        yield Violation("pki_post_quantum", "nothing", "the authorities that issue vos_post_quantum_certificate")
    if second["hostname"].lower() == values["vos_hostname"].lower():
        yield Violation(
            "vos_post_quantum_certificate.hostname",
            shown(second["hostname"]),
            "another name than vos_hostname",
            "clients are told apart by the name that they ask for (SNI)",
        )


def _gateway_of_the_other_authority(values: Values) -> Iterator[Violation]:
    if values["gateway_post_quantum_key_type"] and not values["pki_post_quantum"]:
        yield Violation("pki_post_quantum", "nothing", "the authorities that issue for gateway_post_quantum_key_type")


_WEAK = {
    "none": "asks no client for a certificate",
    "optional": "lets clients without a certificate in",
    "require": "takes any certificate, self-signed ones too",
}


def _strong_verification(values: Values) -> Iterator[Violation]:
    mode = values["vos_verify_mode"]
    if mode in _WEAK and not is_true(values["vos_allow_weak_verification"]):
        yield Violation(
            "vos_verify_mode",
            shown(mode),
            "require_verify",
            f"{mode} {_WEAK[mode]}, so it authenticates nobody who has no certificate of your CA; "
            "if that is what you want for a while, set vos_allow_weak_verification: true",
        )


def _weak_verification(values: Values) -> Iterator[Violation]:
    mode = values["vos_verify_mode"]
    if mode in _WEAK and is_true(values["vos_allow_weak_verification"]):
        remedy = f"{mode} {_WEAK[mode]}: nobody without a certificate of your CA is authenticated"
        yield Violation("vos_verify_mode", shown(mode), "require_verify in production", remedy)


def _revocation_needs_verification(values: Values) -> Iterator[Violation]:
    if values["vos_crl_file"] and values["vos_verify_mode"] != "require_verify":
        yield Violation(
            "vos_crl_file",
            shown(values["vos_crl_file"]),
            "vos_verify_mode require_verify beside it",
            "a revoked client can leave its certificate out",
        )


def _lists_need_the_root(values: Values) -> Iterator[Violation]:
    if values["vos_crl_file"] and not values["pki_root_passphrase"]:
        remedy = "OpenSSL wants a list of every authority, so the root has to sign one"
        yield Violation(
            "pki_root_passphrase", "nothing", "the passphrase of the root, as vos_crl_file is given", remedy
        )


def _alarm_before_renewal_fails(values: Values) -> Iterator[Violation]:
    if not values["vos_crl_file"] or not is_true(values["vos_crl_alarm"]):
        return
    alarm = duration_of(values["vos_crl_alarm_before"])
    for name in ("pki_crl_renew_before", "pki_root_crl_renew_before"):
        renewal = duration_of(values[name])
        if alarm and renewal and alarm >= renewal:
            yield Violation(
                "vos_crl_alarm_before",
                shown(values["vos_crl_alarm_before"]),
                f"less than {name} ({values[name]})",
                "every list would raise an alarm before it is renewed",
            )


def _domains_once(values: Values) -> Iterator[Violation]:
    seen: set[str] = set()
    for at, domain in enumerate(values["vos_sip_domains"]):
        name = domain["name"].lower()
        if name in seen:
            yield Violation(f"vos_sip_domains[{at}].name", shown(domain["name"]), "each SIP domain once")
        seen.add(name)


def _suites_of_a_handshake(values: Values) -> Iterator[Violation]:
    for at, domain in enumerate(values["vos_sip_domains"]):
        without = [one for one in domain.get("srtp_suites", ()) if one not in WITH_PROFILE]
        if domain.get("srtp_auth") == "dtls" and without:
            yield Violation(
                f"vos_sip_domains[{at}].srtp_suites",
                shown(", ".join(without)),
                f"with srtp_auth dtls one or more of {', '.join(WITH_PROFILE)}",
                "a DTLS handshake has no profile for it (RFC 5764, 4.1.2; RFC 7714, 14.2)",
            )


def _ports_listened_on(values: Values) -> Iterator[Violation]:
    for at, domain in enumerate(values["vos_sip_domains"]):
        if str(domain.get("port", values["vos_tls_port"])) != str(values["vos_tls_port"]):
            yield Violation(
                f"vos_sip_domains[{at}].port",
                shown(domain["port"]),
                f"vos_tls_port ({values['vos_tls_port']})",
                "the softswitch itself listens on no other port for TLS",
            )


def _ciphers_for_the_key(values: Values) -> Iterator[Violation]:
    if values["vos_min_version"] == "TLSv1.3":
        return
    if values["vos_key_type"].startswith("ml-dsa"):
        yield Violation(
            "vos_key_type",
            shown(values["vos_key_type"]),
            "vos_min_version TLSv1.3 beside it",
            "TLS 1.2 knows no post-quantum signature, so no such handshake could succeed",
        )
        return
    family = "rsa" if values["vos_key_type"].startswith("rsa") else "ecdsa"
    if family not in authentications(values["vos_ciphers"]):
        yield Violation(
            "vos_ciphers",
            shown(values["vos_ciphers"]),
            f"at least one suite for a certificate with a key {values['vos_key_type']}",
            "no TLS 1.2 handshake could succeed; change vos_ciphers or vos_key_type",
        )


def _what_the_ciphers_let_in(values: Values) -> Iterator[Violation]:
    weak = cipher_warnings(values["vos_ciphers"])
    if weak and values["vos_min_version"] != "TLSv1.3":
        yield Violation(
            "vos_ciphers",
            shown(values["vos_ciphers"]),
            "forward secrecy and authenticated encryption alone (RFC 9325, 4.1)",
            f"it lets in {'; '.join(weak)}",
        )


def _tls_is_not_plain_sip(values: Values) -> Iterator[Violation]:
    if str(values["vos_tls_port"]) == "5060" and is_true(values["allowlist_close_plain_sip"]):
        remedy = "5060 is closed to all; set allowlist_close_plain_sip: false if TLS is really there"
        yield Violation("vos_tls_port", "5060", "another port than that of plain SIP", remedy)


def _something_to_verify(values: Values) -> Iterator[Violation]:
    if values["verification_state"] == "present" and not values["verification_inventory"]:
        yield Violation("verification_inventory", "an empty list", "the absolute path of at least one inventory")


RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "pki": (
        Rule(("pki_require_pinned_roots", "pki_root_fingerprints"), _pinned_roots),
        Rule(("pki_root_name", "pki_issuing_name"), _two_authorities),
        Rule(("pki_rollover", "pki_root_name", "pki_issuing_name"), _others_take_over),
        Rule(("pki_rollover", "pki_root_subject", "pki_issuing_subject"), _others_are_told_apart),
        Rule(("pki_post_quantum", "pki_rollover", "pki_root_name", "pki_issuing_name"), _beside),
        Rule((*_BROUGHT, "pki_root_pkcs11"), _root_with_its_key),
        _ROOT_SIGNING,
        *_SIGNING,
        _shorter("pki_issuing_valid_for", "pki_root_valid_for", "no certificate outlives its issuer"),
        _shorter("pki_crl_renew_before", "pki_crl_valid_for", "every run would make a list"),
        _shorter("pki_root_crl_renew_before", "pki_root_crl_valid_for", "every run would make a list"),
    ),
    "vos": (
        *_SIGNING,
        *PLATFORM_RULES["vos"],
        Rule(("vos_verify_mode", "vos_allow_weak_verification"), _strong_verification),
        Rule(("vos_verify_mode", "vos_allow_weak_verification"), _weak_verification, stops=False),
        Rule(("vos_crl_file", "vos_verify_mode"), _revocation_needs_verification, stops=False),
        Rule(("vos_crl_file", "pki_root_passphrase"), _lists_need_the_root),
        Rule(
            (
                "vos_crl_file",
                "vos_crl_alarm",
                "vos_crl_alarm_before",
                "pki_crl_renew_before",
                "pki_root_crl_renew_before",
            ),
            _alarm_before_renewal_fails,
        ),
        Rule(("vos_sip_domains",), _domains_once),
        Rule(("vos_sip_domains",), _suites_of_a_handshake),
        Rule(("vos_sip_domains", "vos_tls_port"), _ports_listened_on, stops=False),
        Rule(("vos_post_quantum_certificate", "pki_post_quantum", "vos_hostname"), _second_certificate),
        Rule(("vos_ciphers", "vos_key_type", "vos_min_version"), _ciphers_for_the_key),
        Rule(("vos_ciphers", "vos_min_version"), _what_the_ciphers_let_in, stops=False),
        _shorter("vos_keepalive_interval", "vos_connection_lifetime", "connections would be closed between two pings"),
        _shorter("vos_certificate_renew_before", "vos_certificate_valid_for", "every run would renew"),
    ),
    "gateway": (
        *_SIGNING,
        *PLATFORM_RULES["gateway"],
        Rule(("gateway_post_quantum_key_type", "pki_post_quantum"), _gateway_of_the_other_authority),
        _shorter("gateway_certificate_renew_before", "gateway_certificate_valid_for", "every run would renew"),
    ),
    "revocation": (
        _ROOT_SIGNING,
        *_SIGNING,
        _shorter("revocation_responses_renew_before", "revocation_responses_valid_for", "every run would sign them"),
        _shorter("revocation_certificate_renew_before", "revocation_certificate_valid_for", "every run would renew"),
    ),
    "allowlist": (Rule(("vos_tls_port", "allowlist_close_plain_sip"), _tls_is_not_plain_sip),),
    "verification": (Rule(("verification_state", "verification_inventory"), _something_to_verify),),
    "audit": (),
}
