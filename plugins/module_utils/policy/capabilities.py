# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a platform may be unable to express, and which variables ask for it: one table for softswitches, one for gateways.

Which of these a platform lacks is in its own file, ``module_utils/platforms/NAME.py``, with the alternative. A host whose variables ask
for what its platform lacks is refused before anything is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..platforms.platform import Platform
from .kinds import duration_of, is_true
from .rule import Values
from .variables import ROLES
from .violations import Violation, shown

__all__ = ["CAPABILITIES", "Asked", "Capability", "accepted", "proof_without_serials", "refusals", "unset"]

_VARIABLES: Final = {one.name: one for role in ("vos", "gateway") for one in ROLES[role].own}


@dataclass(frozen=True)
class Asked:
    """A value that asks for a capability.

    :ivar variable: its name, with index and key where it is a part
    :ivar found: the value as a message shows it
    :ivar expected: what it has to be on a platform without that capability
    """

    variable: str
    found: str
    expected: str


@dataclass(frozen=True)
class Capability:
    """Something that not every platform can express.

    :ivar name: as ``Platform.lacks`` has it
    :ivar without: what a platform without it does, after "as the platform NAME": ``checks no CRL``
    :ivar needs: the variables that :attr:`asks` reads
    :ivar asks: the values that ask for it
    """

    name: str
    without: str
    needs: tuple[str, ...]
    asks: Callable[[Values], Iterator[Asked]]


def refusals(capability: Capability, platform: Platform, values: Values) -> Iterator[Violation]:
    """What a host asks of its platform that it cannot express; nothing where it can."""
    alternative = platform.lacks.get(capability.name)
    if alternative is None:
        return
    for one in capability.asks(values):
        yield Violation(one.variable, one.found, _for(one.expected, platform, capability), alternative)


def accepted(platform: Platform, values: Values) -> Iterator[Violation]:
    """What a platform lacks that nothing but a variable of the operator's accepts, where it is accepted."""
    alternative = platform.lacks.get(_IDENTITY.name)
    if alternative is not None and is_true(values["vos_allow_weak_verification"]):
        expected = "a platform that compares the certificate with the AoR"
        yield Violation("vos_platform", shown(platform.name), expected, f"it {_IDENTITY.without}; {alternative}")


def unset(platform: Platform, variable: str, values: Values) -> Iterator[Violation]:
    """A variable that the inventory has to set for such a host, and that still has the role's default."""
    fits = platform.inventory.get(variable)
    if fits is not None and values[variable] == _VARIABLES[variable].default_among(values):
        expected = f"a value for the platform {platform.name}, such as {fits}"
        yield Violation(variable, shown(values[variable]), expected, f"set {variable}: {fits}")


def proof_without_serials(platform: Platform, softswitch: str, proof: str) -> Iterator[Violation]:
    """A gateway whose registration is to be proven with its certificate, at a softswitch that does not tell it.

    :param softswitch: its name in the inventory
    :param proof: ``gateway_registration_proof``
    """
    alternative = platform.lacks.get(_SERIAL.name)
    if alternative is not None and proof == "certificate":
        expected = f"registration or none, as the platform {platform.name} of {softswitch} {_SERIAL.without}"
        yield Violation("gateway_registration_proof", shown(proof), expected, alternative)


def _for(expected: str, platform: Platform, capability: Capability) -> str:
    return f"{expected}, as the platform {platform.name} {capability.without}"


def _value(variable: str, value: str, expected: str) -> Callable[[Values], Iterator[Asked]]:
    """Asked for by one value of a variable."""

    def asks(values: Values) -> Iterator[Asked]:
        if values[variable] == value:
            yield Asked(variable, shown(value), expected)

    return asks


def _anything(variable: str, expected: str = "nothing") -> Callable[[Values], Iterator[Asked]]:
    """Asked for by any value that is not empty."""

    def asks(values: Values) -> Iterator[Asked]:
        if values[variable]:
            yield Asked(variable, shown(values[variable]), expected)

    return asks


def _another_than_the_default(*variables: str) -> Callable[[Values], Iterator[Asked]]:
    """Asked for by any value but the default, which a platform without the capability leaves unset."""

    def asks(values: Values) -> Iterator[Asked]:
        for variable in variables:
            value, default = values[variable], _VARIABLES[variable].default
            if value != default and (duration_of(value) is None or duration_of(value) != duration_of(default)):
                yield Asked(variable, shown(value), f"the default, {default}")

    return asks


def _present(values: Values) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The SIP domains that the softswitch is to have, each with how a message names it."""
    for at, domain in enumerate(values["vos_sip_domains"]):
        if domain.get("state", "present") == "present":
            yield f"vos_sip_domains[{at}]", domain


def _srtp_of(domain: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "srtp_require": is_true(domain.get("srtp_require", True)),
        "srtp_auth": domain.get("srtp_auth", "sdes"),
        "srtp_suites": list(domain.get("srtp_suites", ())),
    }


def _srtp_by_domain(values: Values) -> Iterator[Asked]:
    """SIP domains whose media are not encrypted in the same way as those of the first one."""
    domains = list(_present(values))
    for name, domain in domains[1:]:
        first = _srtp_of(domains[0][1])
        for key, value in _srtp_of(domain).items():
            if value != first[key]:
                expected = f"{shown(first[key])}, as in the SIP domain {domains[0][1]['name']}"
                yield Asked(f"{name}.{key}", shown(value), expected)


def _verification_by_domain(values: Values) -> Iterator[Asked]:
    for name, domain in _present(values):
        if not is_true(domain.get("tls_verify", True)):
            yield Asked(f"{name}.tls_verify", shown(domain["tls_verify"]), "true")


def _keying_by_dtls(values: Values) -> Iterator[Asked]:
    for name, domain in _present(values):
        if domain.get("srtp_auth") == "dtls":
            yield Asked(f"{name}.srtp_auth", shown("dtls"), "sdes")


def _suites(prefix: str, expected: str) -> Callable[[Values], Iterator[Asked]]:
    """Asked for by SRTP suites whose names begin with ``prefix``."""

    def asks(values: Values) -> Iterator[Asked]:
        for name, domain in _present(values):
            found = [one for one in domain.get("srtp_suites", ()) if one.startswith(prefix)]
            if found:
                yield Asked(f"{name}.srtp_suites", shown(", ".join(found)), expected)

    return asks


def _identity(values: Values) -> Iterator[Asked]:
    if not is_true(values["vos_allow_weak_verification"]):
        yield Asked("vos_allow_weak_verification", shown(values["vos_allow_weak_verification"]), "true, to accept it")


def _cutover_by_serials(values: Values) -> Iterator[Asked]:
    """Who is registered with a certificate decides when a SIP domain may begin to require SRTP."""
    if values["vos_srtp_cutover"] == "staged" and any(_srtp_of(one)["srtp_require"] for _name, one in _present(values)):
        yield Asked("vos_srtp_cutover", shown("staged"), "at_once, or srtp_require: false in vos_sip_domains")


def _ml_dsa(values: Values) -> Iterator[Asked]:
    for variable in ("gateway_key_type", "gateway_post_quantum_key_type"):
        if str(values[variable]).startswith("ml-dsa"):
            yield Asked(variable, shown(values[variable]), "a key type other than ML-DSA")


_WEAKER = "another verify mode"
_IDENTITY: Final = Capability(
    "identity",
    "does not compare the certificate with the AoR: a gateway can register as another with that one's password",
    ("vos_allow_weak_verification",),
    _identity,
)
_SERIAL: Final = Capability(
    "peer_serial",
    "does not tell with which certificate a gateway is registered",
    ("vos_srtp_cutover", "vos_sip_domains"),
    _cutover_by_serials,
)

#: By the variable that names the platform of a host.
CAPABILITIES: Final[Mapping[str, Sequence[Capability]]] = {
    "vos_platform": (
        Capability(
            "mode_none",
            "asks every client for a certificate",
            ("vos_verify_mode",),
            _value("vos_verify_mode", "none", _WEAKER),
        ),
        Capability(
            "mode_optional",
            "has no verify mode in which a client may leave its certificate out",
            ("vos_verify_mode",),
            _value("vos_verify_mode", "optional", _WEAKER),
        ),
        Capability(
            "mode_require",
            "has no verify mode that takes any certificate",
            ("vos_verify_mode",),
            _value("vos_verify_mode", "require", _WEAKER),
        ),
        Capability(
            "mode_require_verify",
            "cannot require a client's certificate",
            ("vos_verify_mode",),
            _value("vos_verify_mode", "require_verify", _WEAKER),
        ),
        Capability("crl", "checks no CRL", ("vos_crl_file",), _anything("vos_crl_file")),
        _IDENTITY,
        _SERIAL,
        Capability("domain_srtp", "has one SRTP policy for all SIP domains", ("vos_sip_domains",), _srtp_by_domain),
        Capability(
            "domain_verification",
            "verifies the clients of all SIP domains alike",
            ("vos_sip_domains",),
            _verification_by_domain,
        ),
        Capability("srtp_dtls", "has no DTLS-SRTP", ("vos_sip_domains",), _keying_by_dtls),
        Capability(
            "srtp_gcm",
            "has no SRTP suite with AES-GCM",
            ("vos_sip_domains",),
            _suites("AEAD_", "suites with AES_CM"),
        ),
        Capability(
            "srtp_suites",
            "chooses the SRTP suite itself",
            ("vos_sip_domains",),
            _suites("", "an empty list"),
        ),
        Capability(
            "tls13_only",
            "cannot turn TLS 1.2 off",
            ("vos_min_version",),
            _value("vos_min_version", "TLSv1.3", "TLSv1.2"),
        ),
        Capability("groups", "has no setting for key exchange groups", ("vos_groups",), _anything("vos_groups", "[]")),
        Capability(
            "sessions",
            "has no setting for TLS sessions",
            ("vos_session_cache", "vos_session_timeout"),
            _another_than_the_default("vos_session_cache", "vos_session_timeout"),
        ),
        Capability(
            "connection_timers",
            "has no setting for the lifetime of a connection or the pings on it",
            ("vos_keepalive_interval", "vos_connection_lifetime"),
            _another_than_the_default("vos_keepalive_interval", "vos_connection_lifetime"),
        ),
        Capability(
            "second_certificate",
            "serves one certificate",
            ("vos_post_quantum_certificate",),
            _anything("vos_post_quantum_certificate"),
        ),
    ),
    "gateway_platform": (
        Capability(
            "srtp_gcm",
            "has no SRTP suite with AES-GCM",
            ("gateway_srtp_encryption",),
            _value("gateway_srtp_encryption", "aes256_gcm", "aes128_cm"),
        ),
        Capability(
            "srtp_dtls", "has no DTLS-SRTP", ("gateway_srtp_auth",), _value("gateway_srtp_auth", "dtls", "sdes")
        ),
        Capability(
            "register_expires",
            "has no setting for how long a registration lasts",
            ("gateway_register_expires",),
            _another_than_the_default("gateway_register_expires"),
        ),
        Capability(
            "keepalive",
            "has no setting for the pings on its connection",
            ("gateway_keepalive_interval",),
            _another_than_the_default("gateway_keepalive_interval"),
        ),
        Capability(
            "post_quantum", "takes no ML-DSA key", ("gateway_key_type", "gateway_post_quantum_key_type"), _ml_dsa
        ),
        Capability(
            "plain_settings",
            "has no configuration of before to go back to",
            ("gateway_plain_settings",),
            _anything("gateway_plain_settings", "{}"),
        ),
    ),
}
