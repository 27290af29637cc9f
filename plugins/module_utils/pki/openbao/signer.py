# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signer whose key is in OpenBao: its PKI engine signs, and the controller decides what.

Each certificate is signed by ``issuer/NAME/sign/PROFILE``: the role gives key usages, the request gives names and lifetime, and the
certificate signing request gives its key alone. ``sign-verbatim`` would copy what a device asks for, and ``issue`` would send a
private key; neither is ever used. CRLs are signed by ``issuer/NAME/sign-revocation-list``, with our numbers and reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...bao.client import Client, UncertainError
from ...bao.reply import Reply
from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ...timestamps import write_moment
from ..authority.authority import Authority
from ..issuing.renewal import Installed, reason_to_issue
from ..revocation.ocsp import Responder
from ..revocation.validity import Freshness
from ..store.revocation_record import Revocation
from ..x509.certificates import BACKDATED, check_valid_now, is_issued_by, lifetime, read_certificates, serial_hex
from ..x509.identity import Identity
from ..x509.keys import key_type_named, public_key_digits
from ..x509.profiles import profile_named
from ..x509.requests import make_request, proven_public_key
from .crls import crl_request, problem_of_crl
from .issued import Asked, problem_of_issued
from .signed_before import signed_before

if TYPE_CHECKING:
    from ..issuing.renewal import Wanted

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["BaoSigner"]

#: How often one signature is asked for, where it is not known whether the last request was granted.
_MOST_REQUESTS = 3


class BaoSigner:
    """Signs by an issuer of OpenBao's PKI engine.

    :param authority: the CA; the issuer in OpenBao has its name
    :param mount: of the PKI engine
    :param discard: is called with a certificate that is not as it was asked for, to have it revoked
    """

    is_bound_to_process = False

    def __init__(
        self,
        authority: Authority,
        client: Client,
        mount: str,
        discard: Callable[[x509.Certificate], None] | None = None,
    ) -> None:
        self.authority = authority
        self._client, self._mount, self._discard = client, mount, discard
        self._is_unlocked = False

    @property
    def _path(self) -> str:
        return f"{self._mount}/issuer/{self.authority.name}"

    def unlock(self) -> None:
        """Makes sure that the issuer in OpenBao is this CA, so that what is wrong shows before anybody prepares for a signature.

        :raises SiptlsError: it is not, or this login may not see it
        """
        if self._is_unlocked:
            return
        reply = self._client.checked(self._client.read(self._path), "OpenBao shows no such issuer", self._path)
        where = f"{self._path} in OpenBao"
        found = read_certificates(reply.text("certificate").encode(), where=where)[0]
        if found != self.authority.certificate:
            raise SiptlsError(
                f"the issuer {self.authority.name} in OpenBao is another CA than in the register",
                where=where,
                expected=f"the certificate with the serial number {serial_hex(self.authority.certificate)}",
                found=serial_hex(found),
                remedy="compare the mount and the name; a CA is replaced by a CA rollover, under another name",
            )
        self._is_unlocked = True

    def certify(self, request: bytes, wanted: Wanted, now: datetime) -> tuple[x509.Certificate, ...]:
        """A certificate for the key in ``request``, and the CAs that are presented behind it.

        :raises SiptlsError: the request proves nothing, its key is of another type, OpenBao refuses, or what it signed is not as wanted
        """
        public_key = proven_public_key(request, wanted.key_type, where=wanted.identity.common_name)
        valid = lifetime(now, wanted.valid_for, self.authority.certificate)
        asked = Asked(wanted.identity, wanted.profile, public_key, valid, self.authority.publication)
        certificate = self._certified(request, asked)
        installed = Installed(certificate, wanted.presented, public_key_digits(public_key))
        self._refuse_other(certificate, reason_to_issue(installed, wanted, now) or "")
        return certificate, *self.authority.presented

    def sign_crl(
        self, revocations: Iterable[Revocation], number: int, wanted: Freshness, now: datetime
    ) -> x509.CertificateRevocationList:
        """A complete CRL with these entries and this number.

        :raises SiptlsError: OpenBao refuses, or the CA is not valid at ``now``
        """
        check_valid_now(self.authority.certificate, now)
        entries, path = list(revocations), f"{self._path}/sign-revocation-list"
        until = wanted.next_update(now, self.authority.certificate)
        reply = self._client.write(path, crl_request(entries, number, until - now))
        if not reply.is_success:
            raise self._client.refusal(
                f"OpenBao does not sign the CRL with {len(entries)} entries", path, reply, remedy=_crl_remedy(reply)
            )
        try:
            crl = x509.load_pem_x509_crl(reply.text("crl").encode())
            problem = problem_of_crl(crl, entries, number, until, self.authority.certificate)
        except ValueError as error:
            problem = f"it cannot be read: {error}"
        if problem:
            raise self._client.refusal(f"the CRL that OpenBao signed is not as it was asked for: {problem}", path)
        return crl

    def responder(self, wanted: Freshness, now: datetime) -> Responder:
        """A responder that signs OCSP responses in the name of the CA. OpenBao cannot mark its certificate with id-pkix-ocsp-nocheck.

        :raises SiptlsError: OpenBao refuses, or the CA is not valid at ``now``
        """
        key = key_type_named("ecdsa-p256").generate()
        valid = lifetime(now, wanted.valid_for + BACKDATED, self.authority.certificate)
        identity = Identity(f"{self.authority.name} OCSP responder"[:64])
        asked = Asked(identity, profile_named("ocsp_responder"), key.public_key(), valid, self.authority.publication)
        return Responder(self.authority, self._certified(make_request(key), asked), key, wanted, now)

    def _certified(self, request: bytes, asked: Asked) -> x509.Certificate:
        path = f"{self._path}/sign/{asked.profile.name}"
        reply = self._signed(path, _sign_request(request, asked), asked)
        certificate = reply if isinstance(reply, x509.Certificate) else self._read(reply, path)
        is_ours = is_issued_by(certificate, self.authority.certificate)
        self._refuse_other(certificate, problem_of_issued(certificate, asked) if is_ours else "another CA signed it")
        return certificate

    def _signed(self, path: str, body: dict[str, Any], asked: Asked) -> Reply | x509.Certificate:
        """The answer to a request for a signature, or the certificate of one whose answer was lost.

        :raises SiptlsError: OpenBao refuses
        """
        found = ""
        for _request in range(_MOST_REQUESTS):
            try:
                return self._client.checked(
                    self._client.write(path, body, repeatable=False), "OpenBao does not sign this certificate", path
                )
            except UncertainError as error:
                found = str(error)
            self._client.wait_for_leader(found)
            # It may be signed all the same: what is there is taken, so that nothing is signed twice
            earlier = signed_before(self._client, self._mount, asked)
            if earlier:
                return earlier
        raise SiptlsError(
            "OpenBao does not sign this certificate",
            where=path,
            found=found,
            remedy="see the log of its leader; an issuer without the usage issuing-certificates signs nothing",
        )

    def _read(self, reply: Reply, path: str) -> x509.Certificate:
        return read_certificates(reply.text("certificate").encode(), where=f"{path} in OpenBao")[0]

    def _refuse_other(self, certificate: x509.Certificate, problem: str) -> None:
        if not problem:
            return
        revoked = self._client.write(f"{self._mount}/revoke", {"serial_number": _with_dashes(certificate)}).is_success
        if self._discard and is_issued_by(certificate, self.authority.certificate):
            self._discard(certificate)
        raise SiptlsError(
            "OpenBao signed another certificate than was asked for; it is discarded, and nobody gets it",
            where=f"{self._path} in OpenBao",
            expected="what the inventory says, and nothing else",
            found=f"certificate {serial_hex(certificate)}: {problem}; {'revoked' if revoked else 'not revoked'} in OpenBao",
            remedy="run the playbook siptls.vos.openbao, which puts the roles of the PKI engine right"
            + (
                ""
                if revoked
                else f"; revoke it: bao write {self._mount}/revoke serial_number={_with_dashes(certificate)}"
            ),
        )


def _sign_request(request: bytes, asked: Asked) -> dict[str, Any]:
    """What OpenBao is asked for. A list keeps commas, which a SIP URI may have, in their URI."""
    return {
        "csr": request.decode(),
        "common_name": asked.identity.common_name,
        "exclude_cn_from_sans": True,
        "alt_names": ",".join(asked.identity.dns),
        "uri_sans": list(asked.identity.sip_uris),
        "not_after": write_moment(asked.valid.not_after),
    }


def _with_dashes(certificate: x509.Certificate) -> str:
    digits = serial_digits(certificate.serial_number)
    return "-".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _crl_remedy(reply: Reply) -> str:
    """OpenBao bounds what it reads: a hundred entries with reasons are more than it takes by default."""
    if reply.is_refused:
        return ""
    settings = "max_request_size, max_request_json_memory and max_request_json_strings"
    return f"where the CRL is long, raise {settings} of the listener"
