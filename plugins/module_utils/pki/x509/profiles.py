# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate may be used for, by the kind of device that carries it."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import SiptlsError
from .identity import Identity, user_of

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["PROFILES", "Profile", "profile_named"]

_SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
_SIP_DOMAIN = "1.3.6.1.5.5.7.3.20"  # id-kp-sipDomain, RFC 5924
_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"  # id-kp-OCSPSigning, RFC 6960, section 4.2.2.2
_WORDS = {
    _SERVER_AUTH: "serverAuth",
    _CLIENT_AUTH: "clientAuth",
    _SIP_DOMAIN: "sipDomain",
    _OCSP_SIGNING: "OCSPSigning",
}


@dataclass(frozen=True)
class Profile:
    """The uses that a kind of device needs its certificate for.

    :ivar usages: extended key usages, as dotted object identifiers
    :ivar is_domain: the certificate speaks for a SIP domain (RFC 5922), not for one user of it
    """

    name: str
    usages: tuple[str, ...]
    is_domain: bool

    def check(self, identity: Identity) -> None:
        """Makes sure that ``identity`` suits this kind of device.

        :raises SiptlsError: a softswitch without a SIP domain among its names
        """
        if self.is_domain and not any(user_of(uri) is None for uri in identity.sip_uris):
            raise SiptlsError(
                f"identity.sip_uris names no SIP domain, which profile {self.name} is for",
                expected="each domain that the device serves as sip:domain (RFC 5922, section 7.1)",
                found=", ".join(identity.sip_uris) or "none",
            )

    @property
    def is_responder(self) -> bool:
        """Whether the certificate signs OCSP responses for its authority, which nobody checks for revocation in turn."""
        return _OCSP_SIGNING in self.usages

    def extended_key_usage(self) -> x509.ExtendedKeyUsage:
        """The extension that says so (RFC 5280, section 4.2.1.12)."""
        return x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in self.usages])

    def differences(self, certificate: x509.Certificate) -> list[str]:
        """What the extended key usage of ``certificate`` has otherwise than this profile, in words."""
        try:
            extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
            found = {usage.dotted_string for usage in extension.value}
        except x509.ExtensionNotFound:
            found = set()
        missing = [f"{_WORDS[usage]} is missing" for usage in self.usages if usage not in found]
        extra = [f"{_WORDS.get(usage, usage)} is not wanted" for usage in sorted(found - set(self.usages))]
        return missing + extra


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        # Both directions: a softswitch takes registrations in and opens connections of its own to trunks and gateways.
        Profile("softswitch", (_SERVER_AUTH, _CLIENT_AUTH, _SIP_DOMAIN), is_domain=True),
        # A gateway registers as a client; calls reach it over its own connection or over one that it accepts.
        Profile("gateway", (_CLIENT_AUTH, _SERVER_AUTH), is_domain=False),
        # A host that answers for an authority whether its certificates are revoked.
        Profile("ocsp_responder", (_OCSP_SIGNING,), is_domain=False),
    )
}


def profile_named(name: str) -> Profile:
    """The profile called ``name``.

    :raises SiptlsError: there is none
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise SiptlsError("unknown profile", expected="one of " + ", ".join(PROFILES), found=repr(name)) from None
