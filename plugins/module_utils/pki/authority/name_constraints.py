# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name constraints (RFC 5280, section 4.2.1.10): an authority that can issue for a site's own domains only.

The certificate carries them for DNS names. There they cannot be for ``sip:`` URIs: a URI without ``//`` has no authority
component, and RFC 5280 has verifiers reject it as soon as any URI constraint stands above it. So for URIs it is the issuing
that keeps to the domains.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ...errors import SiptlsError
from ..x509.identity import Identity, check_host_name, domain_of
from .authority import Authority

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["check_names", "constraints_for", "domain_differences", "permitted_domains"]


def constraints_for(domains: tuple[str, ...]) -> x509.NameConstraints | None:
    """The extension that limits an authority to ``domains`` and all below them; None where there are none.

    :raises SiptlsError: one of them is no domain
    """
    for domain in domains:
        check_host_name(domain, "permitted_domains")
    return x509.NameConstraints([x509.DNSName(domain) for domain in domains], None) if domains else None


@lru_cache(maxsize=64)
def permitted_domains(certificate: x509.Certificate) -> tuple[str, ...] | None:
    """The domains that an authority is limited to, in lower case; None where it is not limited."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None
    names = [name.value.lower() for name in constraints.permitted_subtrees or () if isinstance(name, x509.DNSName)]
    return tuple(names) or None


def domain_differences(wanted: tuple[str, ...], found: x509.Certificate) -> list[str]:
    """What the domains of the authority that is there have otherwise than wanted, in words."""
    present = permitted_domains(found) or ()
    if set(present) == {domain.lower() for domain in wanted}:
        return []
    return [f"permitted domains are {', '.join(present) or 'any'}, asked for {', '.join(wanted) or 'any'}"]


def check_names(identity: Identity, authority: Authority) -> None:
    """Makes sure that an authority and all above it may issue for these names.

    :raises SiptlsError: a name is outside their domains
    """
    names = [*((uri, domain_of(uri)) for uri in identity.sip_uris), *((name, name) for name in identity.dns)]
    for certificate in authority.path:
        domains = permitted_domains(certificate)
        outside = [name for name, host in names if domains is not None and not _is_below(host, domains)]
        if outside and domains:
            raise SiptlsError(
                "the authority may not issue for these names",
                where=f"authority {authority.name}",
                expected="names in " + ", ".join(domains),
                found=", ".join(outside),
                remedy="correct the names, or make an authority with other permitted_domains",
            )


def _is_below(host: str, domains: Iterable[str]) -> bool:
    return any(host.lower() == domain or host.lower().endswith(f".{domain}") for domain in domains)
