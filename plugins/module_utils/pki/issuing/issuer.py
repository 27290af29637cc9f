# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Issuing: the one place where it is decided who gets a certificate for which key, whatever register and signer there are."""

from __future__ import annotations

from datetime import datetime

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..authority.authority import Authority
from ..authority.name_constraints import check_names
from ..register import Register
from ..signer import Signer
from ..store.certificate_record import Record, another_devices_key
from ..store.revocation_record import Revocation, barring
from ..x509.certificates import BACKDATED, serial_hex
from ..x509.desired import DesiredCertificate
from ..x509.identity import Identity
from ..x509.keys import public_key_digits
from ..x509.requests import proven_public_key

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Issuer"]


class Issuer:
    """Issues certificates to devices: a register says who may get one, a signer makes it, and the register records it.

    :ivar authority: the CA that issues
    """

    def __init__(self, register: Register, signer: Signer) -> None:
        self.register = register
        self.signer = signer
        self.authority: Authority = signer.authority

    def unlock(self) -> None:
        """Opens the authority's private key, so that what is wrong with it shows before anybody prepares for a certificate.

        :raises SiptlsError: the passphrase is wrong, or the key is missing or another's
        """
        self.signer.unlock()

    def check(self, identity: Identity) -> None:
        """Makes sure that the authority may issue for these names.

        :raises SiptlsError: they are outside the domains that it, or one above it, is made for
        """
        check_names(identity, self.authority)

    def refuse_revoked(self, device: str, in_use: x509.Certificate | None = None, now: datetime | None = None) -> None:
        """Makes sure that a device whose certificate was revoked gets no other, unless somebody asks for just that.

        :param in_use: the certificate that the device has, with its key and not revoked; None for none
        :param now: has to be given with ``in_use``
        :raises SiptlsError: the newest certificate of this device is revoked, and it does not use another one
        """
        records = self.register.records(device)
        # Looked up for these alone: a fleet with many revocations would read all of them for each of its devices
        looked_up = [*(record.certificate for record in records[-1:]), *([in_use] if in_use is not None else [])]
        barred = barring(records, filter(None, map(self.revocation, looked_up)), in_use=in_use, now=now)
        if barred:
            raise SiptlsError(
                "the newest certificate of this device was revoked, so it gets no other",
                where=device,
                found=f"certificate {serial_digits(barred.serial)}, revoked {barred.revoked:%F %T} UTC ({barred.reason})",
                remedy="take the device out of the inventory; or, if it is to be trusted again, run once with {after_revocation}",
                options={"after_revocation": "issue"},
            )
        self.register.refuse_missing_record(device, records)

    def revocation(self, certificate: x509.Certificate) -> Revocation | None:
        """The revocation of a certificate, whichever authority of the register issued it; None where it is not revoked.

        One authority takes over from another, and not those whom that one has revoked.
        """
        for name in self.register.revoking():
            found = self.register.revocation(name, certificate.serial_number)
            if found and self._may_have_issued(name, certificate):
                return found
        return None

    def _may_have_issued(self, name: str, certificate: x509.Certificate) -> bool:
        """By its subject; an authority that was removed from the register may have issued anything."""
        authority = self.authority if name == self.authority.name else self.register.trusted_authorities.get(name)
        return authority is None or authority.certificate.subject == certificate.issuer

    def key_revocation(self, device: str, public_key: CertificatePublicKeyTypes) -> Revocation | None:
        """The revocation of a recorded certificate of this device with this key; None where none of them is revoked.

        Whoever has the key of a revoked certificate may have it for good, so the key is not certified again, by any CA.
        """
        if not self.register.revoking():
            return None
        digits = public_key_digits(public_key)
        records = (record.certificate for record in self.register.records(device))
        revocations = (self.revocation(each) for each in records if public_key_digits(each.public_key()) == digits)
        return next(filter(None, revocations), None)

    def sign(
        self,
        device: str,
        request: bytes,
        wanted: DesiredCertificate,
        now: datetime,
        *,
        new_key: bool = True,
        reason: str = "",
    ) -> x509.Certificate:
        """A certificate for the key in ``request``, with the names, uses and lifetime that the inventory wants.

        It is on record, durably, before this returns: nothing is handed out that is not.

        :param new_key: whether the device was told to make a new key, so that a recorded one is refused
        :param reason: :data:`.records.FORCED` where no certificate was due; empty otherwise
        :raises SiptlsError: the request proves nothing, its key may not be certified, or the authority cannot sign
        """
        public_key = proven_public_key(request, wanted.key_type, where=device)
        self.check(wanted.identity)
        self._refuse_used_key(device, public_key, new_key=new_key)
        self.claim(device, public_key)
        certificate = self.signer.certify(request, wanted, now)[0]
        self.register.record_certificate(
            device, wanted.profile.name, certificate, authority=self.authority.name, issued=now, reason=reason
        )
        return certificate

    def _refuse_used_key(self, device: str, public_key: CertificatePublicKeyTypes, *, new_key: bool) -> None:
        """A device that was told to make a new key may offer an old one, such as one that was compromised."""
        revocation = self.key_revocation(device, public_key)
        if revocation:
            raise SiptlsError(
                "the key in the certificate signing request is that of a revoked certificate, so it is not certified again",
                where=device,
                expected="a key that the device has just made",
                found=f"the key of certificate {serial_digits(revocation.serial)}, revoked {revocation.revoked:%F %T} UTC"
                f" ({revocation.reason})",
                remedy="find out why the device offers it; then run with {key.rekey}, which makes a new key",
                options={"key.rekey": "always"},
            )
        if new_key and self.register.key_owner(public_key) == device:
            raise SiptlsError(
                "the device was told to make a new key, and offers one that is recorded already",
                where=device,
                expected="a key that the device has just made",
                found="a key of an earlier certificate of this device",
                remedy="find out why the device offers it: an image of its disk was restored, or somebody else answers for it",
            )

    def claim(self, device: str, public_key: CertificatePublicKeyTypes) -> None:
        """Makes sure that a key is this device's from now on, and was never another's.

        :raises SiptlsError: it is another device's
        """
        owner = self.register.claim_key(device, public_key)
        if owner is not None:
            raise another_devices_key(device, owner)

    def is_recorded(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate is on record for this device."""
        return self.register.has_record(device, certificate)

    def record(self, device: str, certificate: x509.Certificate, wanted: DesiredCertificate) -> None:
        """Takes a certificate of this authority that was found on a device onto the record."""
        self.register.claim_key(device, certificate.public_key())
        self.register.record_certificate(
            device,
            wanted.profile.name,
            certificate,
            authority=self.authority.name,
            issued=certificate.not_valid_before_utc + BACKDATED,
        )

    def problem_of_found(self, device: str, certificate: x509.Certificate) -> str:
        """Why a certificate of this authority that was found on a device is another device's, in words; empty where it is not.

        One whose key nobody claimed is taken for its own, as where the register was lost.
        """
        if self.register.key_owner(certificate.public_key()) is None:
            return ""
        path = self.register.record_path(device, serial_hex(certificate))
        record = Record(device, "", self.authority.name, certificate.not_valid_before_utc, certificate, path)
        return self.register.problem_of(record, self.authority)
