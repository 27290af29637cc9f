# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate speaks for a SIP domain (RFC 5922, sections 7.1 and 7.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .addresses import SipUri, parse_uri
from .syntax import MalformedError

__all__ = ["PresentedNames", "domain_identities", "why_not_for"]


@dataclass(frozen=True)
class PresentedNames:
    """The names in a certificate.

    :ivar common_name: empty where it has none
    :ivar uris: of the subject alternative name, all of them
    :ivar dns: of the subject alternative name
    :ivar has_alternative_names: whether there is a subject alternative name at all
    """

    common_name: str
    uris: tuple[str, ...]
    dns: tuple[str, ...]
    has_alternative_names: bool


def domain_identities(names: PresentedNames) -> tuple[str, ...]:
    """The SIP domains that the certificate speaks for, in lower case.

    ``sip:`` URIs without a user; where there are none, DNS names; the common name only without any alternative name.
    """
    if not names.has_alternative_names:
        return (names.common_name.lower(),) if names.common_name else ()
    return _of_uris(names.uris) or tuple(dict.fromkeys(name.lower() for name in names.dns))


def _of_uris(uris: Iterable[str]) -> tuple[str, ...]:
    found = []
    for text in uris:
        try:
            uri = parse_uri(text, "subjectAltName")
        except MalformedError:
            continue
        if isinstance(uri, SipUri) and uri.scheme == "sip" and uri.user is None:
            found.append(uri.host.lower())
    return tuple(dict.fromkeys(found))


def why_not_for(names: PresentedNames, domain: str) -> str | None:
    """Why the certificate does not speak for ``domain``, as a clause; None if it does. No wildcard counts, no part of a name."""
    wanted = domain.lower().removesuffix(".")
    identities = domain_identities(names)
    if wanted in identities:
        return None
    listed = ", ".join(_printed(one) for one in identities[:8]) or "no SIP domain"
    why = f"the certificate is for {listed}, and the SIP domain is {_printed(domain)}"
    dns = [name.lower() for name in names.dns]
    if wanted in dns:
        return f"{why}: its DNS name does not count, as a sip: URI of a domain is there (RFC 5922, section 7.1)"
    _label, _dot, parent = wanted.partition(".")
    if f"*.{parent}" in dns:
        return f"{why}: a wildcard is no identity in SIP (RFC 5922, section 7.2)"
    if names.has_alternative_names and names.common_name.lower() == wanted:
        return f"{why}: its common name does not count beside a subject alternative name"
    if any(f"@{wanted}" in uri.lower() for uri in names.uris):
        return f"{why}: it names users of that domain, and not the domain"
    return why


def _printed(name: str) -> str:
    """A name for a reader, whoever made it. No key is in a certificate, so all of it."""
    return repr(name[:253])
