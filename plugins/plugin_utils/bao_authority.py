# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What siptls.vos.authority does where the CA's key is in OpenBao."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.authority.authority import Authority
from ..module_utils.pki.authority.create import WantedAuthority, differences, subject_name
from ..module_utils.pki.openbao.authorities import BaoAuthorities
from ..module_utils.pki.store.directory import PkiDirectory
from ..module_utils.pki.x509.certificates import describe_certificate, fingerprint, pem, serial_hex
from ..module_utils.pki.x509.keys import key_type_named
from ..module_utils.pki.x509.publication import NOWHERE, Publication
from ..module_utils.timestamps import utc_now, write_time

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["BaoAuthority"]

_NOT_HERE = ("private_key", "private_key_passphrase")


class BaoAuthority:
    """A CA in OpenBao, as a task wants it.

    :param publication: what its certificates are to say about where to check them; None to leave that as it is
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        register: PkiDirectory,
        authorities: BaoAuthorities,
        publication: Publication | None,
        *,
        check_mode: bool,
        diff_mode: bool,
    ) -> None:
        self._arguments, self._register, self._authorities = arguments, register, authorities
        self._publication, self._check_mode, self._diff_mode = publication, check_mode, diff_mode
        self._name: str = arguments["name"]

    def converge(self, given: tuple[x509.Certificate, ...], chain: tuple[x509.Certificate, ...]) -> dict[str, Any]:
        """Makes or records the CA, or finds it as it is wanted.

        :param given: the certificate of an issuer that is in OpenBao already; empty to have one made
        :param chain: those above it
        :raises SiptlsError: it is another one
        """
        self._refuse_keys()
        found = self._register.find_authority(self._name)
        if given:
            return self._recorded(found, given[0], chain)
        arguments = self._arguments
        if not arguments["subject"]:
            raise SiptlsError(
                f"subject of authority {self._name} is missing",
                expected="subject; or certificate, of an issuer in OpenBao",
            )
        length = arguments["path_length"]
        wanted = WantedAuthority(
            subject=subject_name(arguments["subject"]),
            key_type=key_type_named(arguments["key"]["type"]),
            valid_for=parse_duration(arguments["valid_for"], name="valid_for"),
            path_length=length if length is not None else 0 if arguments["issuer"] else None,
            permitted_domains=tuple(arguments["permitted_domains"]),
        )
        return self._made(found, wanted)

    def _made(self, found: Authority | None, wanted: WantedAuthority) -> dict[str, Any]:
        above = self._above(may_be_missing=self._check_mode and found is None)
        if found is not None:
            self._refuse(differences(wanted, above, found.certificate))
            return self._found(found)
        if self._check_mode:
            return self._predicted(f"subject: {wanted.subject.rfc4514_string()}\nkey: {wanted.key_type.name}\n")
        now = utc_now()
        with self._register.making_authorities():
            # One that a run has made which was interrupted before it was recorded
            certificate = self._authorities.issuer(self._name)
            if certificate is None:
                certificate = self._authorities.make(self._name, wanted, above, now)
            self._refuse(differences(wanted, above, certificate))
            self._authorities.record(self._name, certificate, above.path if above else (), now)
        return self._new()

    def _recorded(
        self, found: Authority | None, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]
    ) -> dict[str, Any]:
        if found is not None:
            is_other = found.certificate != certificate
            self._refuse(
                [f"certificate is {fingerprint(found.certificate)}, not {fingerprint(certificate)}"] * is_other
            )
            return self._found(found)
        there = self._authorities.issuer(self._name)
        if there != certificate:
            raise SiptlsError(
                f"the issuer {self._name} in OpenBao does not have this certificate",
                where=self._register.location,
                expected=fingerprint(certificate),
                found=fingerprint(there) if there else "no issuer with this name",
                remedy=f"name the issuer in OpenBao: bao patch MOUNT/issuer/ID issuer_name={self._name}",
            )
        if self._check_mode:
            return self._predicted(describe_certificate(certificate))
        with self._register.making_authorities():
            self._authorities.record(self._name, certificate, chain, utc_now())
        return self._new()

    def _new(self) -> dict[str, Any]:
        found = self._register.authority(self._name)
        if self._publication and self._publication != NOWHERE:
            self._publish(found, self._publication)
        result = self._result(found, f"no authority named {self._name} on record before")
        return {**result, **self._difference(describe_certificate(found.certificate))}

    def _found(self, found: Authority) -> dict[str, Any]:
        before, after = found.publication, self._publication
        if after is None or after == before:
            return self._result(found, "")
        if not self._check_mode:
            self._publish(found, after)
        result = self._result(found, "the addresses that its certificates carry differ")
        return {**result, **self._difference(after.render().decode(), before.render().decode())}

    def _publish(self, found: Authority, publication: Publication) -> None:
        """In OpenBao first: as long as the record says otherwise, what comes back from there is refused."""
        self._authorities.publish_at(self._name, publication)
        self._register.files.replace(self._register.publication_path(found.name), publication.render())

    def _above(self, *, may_be_missing: bool) -> Authority | None:
        if not self._arguments["issuer"]:
            return None
        name = self._arguments["issuer"]["authority"]
        return self._register.find_authority(name) if may_be_missing else self._register.authority(name)

    def _refuse_keys(self) -> None:
        given = [name for name in _NOT_HERE if self._arguments[name]]
        given += ["key.pkcs11"] if self._arguments["key"]["pkcs11"] else []
        if given:
            raise SiptlsError(
                f"authority {self._name} has its key in OpenBao, and not here",
                expected="nothing in " + ", ".join(given),
                found="values there",
                remedy="import the key into OpenBao: bao write PKI/issuers/import/bundle pem_bundle=@bundle.pem; then give certificate",
            )

    def _refuse(self, words: list[str]) -> None:
        if words:
            raise SiptlsError(
                f"the authority {self._name} is there already and is another than the one asked for: "
                + "; ".join(words),
                where=self._register.location,
                remedy="ask for the one that is there, or give the new one another name",
            )

    def _predicted(self, description: str) -> dict[str, Any]:
        reason = f"no authority named {self._name} on record yet"
        return {"changed": True, "reason": reason, **self._difference(description)}

    def _result(self, found: Authority, reason: str) -> dict[str, Any]:
        certificate = found.certificate
        result = {
            "changed": bool(reason),
            "certificate": pem(certificate),
            "trust_bundle": pem(*found.trust_bundle),
            "serial_number": serial_hex(certificate),
            "not_after": write_time(certificate.not_valid_after_utc),
            "fingerprint_sha256": fingerprint(certificate),
            "root_fingerprint_sha256": fingerprint(found.root),
        }
        return {**result, "reason": reason} if reason else result

    def _difference(self, after: str, before: str = "") -> dict[str, Any]:
        path = str(self._register.authority_path(self._name))
        diff = {"before": before, "after": after, "before_header": path, "after_header": path}
        return {"diff": diff} if self._diff_mode else {}
