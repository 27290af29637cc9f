# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs whose keys are in OpenBao: making one, recording one that is there, and where it publishes.

A key is made by the controller, imported over TLS, and forgotten; OpenBao never gives it back. The certificate of a CA below another is
signed by that one in OpenBao, by a request that has all of it, for OpenBao knows no permitted domains of SIP URIs. A site whose keys are
to be made elsewhere, as in a hardware security module, makes the issuer there and has it recorded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...bao.client import Client
from ...errors import SiptlsError
from ...timestamps import write_moment
from ..authority.authority import Authority
from ..authority.checks import check_path_length, check_usable
from ..authority.create import WantedAuthority, differences, make
from ..authority.name_constraints import constraints_for
from ..authority.root_pins import check_chain
from ..store.directory import PkiDirectory
from ..x509.certificates import is_issued_by, lifetime, pem, read_certificates
from ..x509.keys import signature_hash
from ..x509.publication import Publication
from .register import BaoRegister

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["BaoAuthorities"]

_ADDRESSES = {
    "issuing_certificates": "certificate_url",
    "crl_distribution_points": "crl_url",
    "ocsp_servers": "ocsp_url",
}


class BaoAuthorities:
    """The issuers of one PKI engine, recorded in a register.

    :param register: in OpenBao, or a PKI directory, which then has certificates and no keys
    """

    def __init__(self, register: PkiDirectory, client: Client, mount: str) -> None:
        self._register, self._client, self._mount = register, client, mount

    def issuer(self, name: str) -> x509.Certificate | None:
        """The certificate of the issuer with this name in OpenBao; None where there is none.

        :raises SiptlsError: OpenBao does not show it
        """
        names = self._client.list(f"{self._mount}/issuers")
        if names.is_missing:
            return None
        self._client.checked(names, "OpenBao does not list the issuers of this mount", f"{self._mount}/issuers")
        about = names.data.get("key_info")
        known = about.values() if isinstance(about, dict) else ()
        if not any(isinstance(one, dict) and one.get("issuer_name") == name for one in known):
            return None
        path = f"{self._mount}/issuer/{name}"
        reply = self._client.checked(self._client.read(path), "OpenBao does not show this issuer", path)
        return read_certificates(reply.text("certificate").encode(), where=f"{path} in OpenBao")[0]

    def make(self, name: str, wanted: WantedAuthority, above: Authority | None, now: datetime) -> x509.Certificate:
        """Makes an issuer with this name.

        :param above: the CA that signs it, an issuer of the same mount; None for a self-signed one
        :returns: its certificate, which is not on record yet
        :raises SiptlsError: OpenBao refuses
        """
        if above is None:
            made = make(wanted, None, now)
            certificate, key = made.certificate, made.key
        else:
            check_usable(above.path, now)
            check_path_length(above.path, 1)
            key = wanted.key_type.generate()
            certificate = self._signed(key, wanted, above, now)
        self._import(name, key, (certificate, *(above.path if above else ())))
        return certificate

    def record(
        self, name: str, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...], now: datetime
    ) -> None:
        """Records an issuer that is in OpenBao.

        :raises SiptlsError: devices would not accept it, or its root is not pinned
        """
        check_usable((certificate, *chain), now)
        check_path_length((certificate, *chain))
        root = check_chain((certificate,), chain, where=f"authority {name}")
        self._register.check_root(root, where=f"authority {name}")
        if isinstance(self._register, BaoRegister):
            self._register.add_ca(name, certificate, chain)
        else:
            self._register.add_authority(name, certificate, chain, None)

    def publish_at(self, name: str, publication: Publication) -> None:
        """Has the certificates that an issuer signs say where to check them.

        :raises SiptlsError: OpenBao refuses
        """
        path = f"{self._mount}/issuer/{name}"
        found = dict(self._client.checked(self._client.read(path), "OpenBao does not show this issuer", path).data)
        # A POST replaces all of it
        kept = ("issuer_name", "leaf_not_after_behavior", "usage", "manual_chain", "revocation_signature_algorithm")
        body: dict[str, Any] = {option: found[option] for option in kept if found.get(option)}
        for option, url in _ADDRESSES.items():
            address = getattr(publication, url)
            body[option] = [address] if address else []
        self._client.checked(self._client.write(path, body), "OpenBao does not take the addresses of the issuer", path)

    def _signed(
        self, key: CertificateIssuerPrivateKeyTypes, wanted: WantedAuthority, above: Authority, now: datetime
    ) -> x509.Certificate:
        path = f"{self._mount}/issuer/{above.name}/sign-intermediate"
        valid = lifetime(now, wanted.valid_for, above.certificate)
        body: dict[str, Any] = {
            "csr": _request(key, wanted),
            "use_csr_values": True,
            "not_after": write_moment(valid.not_after),
        }
        if wanted.path_length is not None:
            body["max_path_length"] = wanted.path_length
        reply = self._client.checked(self._client.write(path, body), "OpenBao does not sign this CA", path)
        certificate = read_certificates(reply.text("certificate").encode(), where=f"{path} in OpenBao")[0]
        words = differences(wanted, above, certificate)
        if not is_issued_by(certificate, above.certificate) or words:
            raise self._client.refusal(f"OpenBao signed another CA than was asked for: {'; '.join(words)}", path)
        return certificate

    def _import(self, name: str, key: CertificateIssuerPrivateKeyTypes, path: tuple[x509.Certificate, ...]) -> None:
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        at = f"{self._mount}/issuers/import/bundle"
        reply = self._client.write(at, {"pem_bundle": private.decode() + pem(*path)})
        self._client.checked(reply, "OpenBao does not take this CA", at)
        found = self._imported(reply.data.get("mapping"), path[0])
        at = f"{self._mount}/issuer/{found}"
        # No certificate outlives its issuer, whatever a request says
        body = {"issuer_name": name, "leaf_not_after_behavior": "err"}
        self._client.checked(self._client.write(at, body), "OpenBao does not name this CA", at)

    def _imported(self, mapping: Any, certificate: x509.Certificate) -> str:
        """The id of the issuer with this certificate among those that were imported; one with a key of its own."""
        for issuer in mapping if isinstance(mapping, dict) else ():
            path = f"{self._mount}/issuer/{issuer}"
            reply = self._client.checked(self._client.read(path), "OpenBao does not show this issuer", path)
            if read_certificates(reply.text("certificate").encode(), where=path)[0] == certificate:
                return str(issuer)
        raise SiptlsError(
            "OpenBao does not say which issuer it has imported", where=f"{self._mount}/issuers/import/bundle"
        )


def _request(key: CertificateIssuerPrivateKeyTypes, wanted: WantedAuthority) -> str:
    """A request with all that the CA's certificate is to have; with use_csr_values OpenBao copies it."""
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(wanted.subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=wanted.path_length), critical=True)
        .add_extension(usage, critical=True)
    )
    constraints = constraints_for(wanted.permitted_domains)
    if constraints:
        builder = builder.add_extension(constraints, critical=True)
    signed = builder.sign(key, signature_hash(key))
    return signed.public_bytes(serialization.Encoding.PEM).decode()
