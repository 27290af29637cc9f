# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an authority publishes what others need to check its certificates: its list, its responder, its own certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from ...errors import SiptlsError
from ..text.lines import read_lines, write_lines

try:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["NOWHERE", "Publication"]

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL = re.compile(rf"http://(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?(?:/[A-Za-z0-9._~/-]*)?")
_LONGEST_HOST = 253
_LONGEST_URL = 1024
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Publication:
    """The addresses that certificates of an authority carry; an empty one is left out.

    :ivar crl_url: of its revocation list, DER (RFC 5280, section 4.2.1.13)
    :ivar ocsp_url: of its OCSP responder (RFC 5280, section 4.2.2.1)
    :ivar certificate_url: of its own certificate, DER (RFC 5280, section 4.2.2.1)
    """

    crl_url: str = ""
    ocsp_url: str = ""
    certificate_url: str = ""

    @classmethod
    def checked(cls, **urls: str) -> Publication:
        """The addresses in the words of a playbook.

        :raises SiptlsError: an address that no checker could use
        """
        for name, url in urls.items():
            if url and not _is_usable(url):
                raise SiptlsError(
                    f"publication.{name} is no address for it",
                    expected="http://host/path; not https, whose certificate would have to be checked first "
                    "(RFC 5280, section 8)",
                    found=ascii(url[:200]),
                )
        return cls(**urls)

    def render(self) -> bytes:
        """As lines of text; nothing where there is no address."""
        return write_lines({field.name: url for field in fields(self) if (url := getattr(self, field.name))})

    @classmethod
    def parse(cls, text: bytes, *, where: str = "publication.txt") -> Publication:
        """The addresses that :meth:`render` wrote, by the same rules; other lines are left out.

        :raises SiptlsError: an address that no checker could use
        """
        names = {field.name for field in fields(cls)}
        try:
            return cls.checked(**{name: value for name, value in read_lines(text).items() if name in names})
        except SiptlsError as error:
            raise SiptlsError(
                error.problem,
                where=where,
                expected=error.expected,
                found=error.found,
                remedy="restore the file from git, or run siptls.vos.authority with the publication that is wanted",
            ) from None

    def check_base(self, base: str, *, where: str) -> None:
        """Makes sure that every address is below the one that the inventory publishes at. The file can be changed by a merge request.

        :param base: such as ``http://pki.example.com``; empty where nothing is published
        :raises SiptlsError: there is an address elsewhere
        """
        for field in fields(self):
            url = getattr(self, field.name)
            if url and not (base and url.startswith(f"{base.rstrip('/')}/")):
                raise SiptlsError(
                    f"publication.{field.name} is not an address that the inventory publishes at",
                    where=where,
                    expected=f"an address below {base}" if base else "no address: pki_publication_url is not set",
                    found=ascii(url),
                    remedy="restore publication.txt from git; if the inventory has changed, run siptls.vos.site first, which"
                    " records the addresses of pki_publication_url (issuer.publication_url of the task)",
                )

    def add_to(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        """``builder`` with the extensions that carry these addresses."""
        if self.crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(self.crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        access = [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
            for method, url in (
                (AuthorityInformationAccessOID.OCSP, self.ocsp_url),
                (AuthorityInformationAccessOID.CA_ISSUERS, self.certificate_url),
            )
            if url
        ]
        return builder.add_extension(x509.AuthorityInformationAccess(access), critical=False) if access else builder


def _is_usable(url: str) -> bool:
    matched = _URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
    return (
        matched is not None and len(matched["host"]) <= _LONGEST_HOST and int(matched["port"] or "80") <= _HIGHEST_PORT
    )


#: An authority that publishes nothing.
NOWHERE = Publication()
