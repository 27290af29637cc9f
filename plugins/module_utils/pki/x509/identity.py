# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a certificate is for: its common name and its subject alternative names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import SiptlsError

try:
    from cryptography import x509
    from cryptography.x509.oid import NameOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Identity", "check_host_name", "domain_of", "identity_of", "user_of"]

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_SIP_URI = re.compile(r"sip:((?P<user>[A-Za-z0-9!*_.~'()&=+$,;?/%-]+)@)?(?P<host>[^@;?\s]+)")
_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280 appendix A.1; cryptography counts the octets of its UTF-8


@dataclass(frozen=True)
class Identity:
    """The names that a certificate carries.

    :ivar common_name: for readers and for stacks that know nothing else; peers go by the alternative names
    :ivar sip_uris: ``sip:domain`` for a SIP domain, ``sip:user@domain`` for a user (RFC 5922, section 7.1)
    :ivar dns: host names, whole, no wildcards (RFC 5922, section 7.2)
    """

    common_name: str
    sip_uris: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()

    @classmethod
    def checked(cls, common_name: str, sip_uris: Iterable[str], dns: Iterable[str]) -> Identity:
        """The identity with these names, in their order, each once.

        :raises SiptlsError: a name that no certificate should carry
        """
        identity = cls(common_name, tuple(dict.fromkeys(sip_uris)), tuple(dict.fromkeys(dns)))
        for problem in identity._problems():
            raise problem
        return identity

    def _problems(self) -> Iterable[SiptlsError]:
        common_name = self.common_name
        if not common_name.isprintable() or not 1 <= len(common_name.encode()) <= _LONGEST_COMMON_NAME:
            yield SiptlsError(
                "identity.common_name cannot be a common name",
                expected=f"printable, 1 to {_LONGEST_COMMON_NAME} octets of UTF-8 (RFC 5280, appendix A.1)",
                found=repr(common_name),
            )
        for uri in self.sip_uris:
            match = _SIP_URI.fullmatch(uri)
            if not match or not _HOST_NAME.fullmatch(match["host"]):
                yield SiptlsError(
                    "identity.sip_uris holds a value that is no identity",
                    expected="sip:domain or sip:user@domain, no port, parameters or wildcard (RFC 5922, section 7.1)",
                    found=repr(uri),
                )
        for name in self.dns:
            check_host_name(name, "identity.dns")
        if not self.sip_uris and not self.dns:
            yield SiptlsError(
                "identity has no subject alternative name",
                expected="at least one of identity.sip_uris and identity.dns; peers ignore the common name (RFC 5922)",
            )

    def differences(self, found: Identity) -> list[str]:
        """What ``found`` has otherwise than this identity, in words.

        Host names compare without regard to case, users do not (RFC 3261, section 19.1.4).
        """
        words = []
        if found.common_name != self.common_name:
            words.append(f"common name {found.common_name!r} is to be {self.common_name!r}")
        for kind, wanted, present in (("URI", self.sip_uris, found.sip_uris), ("DNS", self.dns, found.dns)):
            have = {_comparable(name) for name in present}
            want = {_comparable(name) for name in wanted}
            words += [f"{kind}:{name} is missing" for name in wanted if _comparable(name) not in have]
            words += [f"{kind}:{name} is not wanted" for name in present if _comparable(name) not in want]
        return words

    def subject(self) -> x509.Name:
        """The subject: the common name alone."""
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)])

    def alternative_names(self) -> x509.SubjectAlternativeName:
        """The subject alternative names, SIP URIs first (RFC 5922, section 7.1: where one is there, DNS names are ignored)."""
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in self.sip_uris]
        names += [x509.DNSName(name) for name in self.dns]
        return x509.SubjectAlternativeName(names)

    def __str__(self) -> str:
        return ", ".join([*(f"URI:{uri}" for uri in self.sip_uris), *(f"DNS:{name}" for name in self.dns)])


def check_host_name(name: str, option: str) -> None:
    """Makes sure that ``name`` is a whole host name or domain.

    :param option: what holds it, for the error
    :raises SiptlsError: it is none
    """
    if not _HOST_NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise SiptlsError(
            f"{option} holds a value that is no host name",
            expected="a whole host name, no wildcard, no address (RFC 5922, section 7.2); international names as xn--",
            found=repr(name),
        )


def _comparable(name: str) -> str:
    """A host name, or a SIP URI with its host, in lower case; what stands before an @ as it is."""
    user, at, host = name.rpartition("@")
    return user + at + host.lower()


def identity_of(certificate: x509.Certificate) -> Identity:
    """The names in ``certificate``. Names of other kinds are left out; no common name reads as an empty one."""
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    return Identity(
        common_name=str(common[0].value) if common else "",
        sip_uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        dns=tuple(names.get_values_for_type(x509.DNSName)),
    )


def user_of(sip_uri: str) -> str | None:
    """The user of ``sip:user@domain``; None for ``sip:domain``, which is the identity of a domain (RFC 5922, 7.1)."""
    match = _SIP_URI.fullmatch(sip_uri)
    return match["user"] if match else None


def domain_of(sip_uri: str) -> str:
    """The domain of ``sip:user@domain`` or ``sip:domain``; an empty text if it is neither."""
    match = _SIP_URI.fullmatch(sip_uri)
    return match["host"] if match else ""
