# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Issuing from the PKI directory: the one place where a device's certificate is signed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..authority.authority import Authority
from ..authority.name_constraints import check_names
from ..store.directory import PkiDirectory
from ..store.revocation_record import Revocation, barring
from ..x509.certificates import BACKDATED, build_device_certificate, lifetime
from ..x509.identity import Identity
from ..x509.keys import public_key_digits
from ..x509.requests import proven_public_key
from .renewal import Wanted

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificatePublicKeyTypes,
    )
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["DirectoryIssuer"]


class DirectoryIssuer:
    """Signs for devices with an authority of a PKI directory.

    :param pki: the PKI directory on the controller
    :param authority: the name of the authority in it
    :param passphrase: of the authority's private key
    :param root_fingerprints: SHA-256 fingerprints of the roots that the inventory pins; empty for any root
    :param pkcs11_module: the library of the token that holds the key; empty for a key in a file
    :param publication_url: what the addresses in certificates have to begin with, empty for none; None for any address
    :raises SiptlsError: there is no such authority, or it publishes elsewhere
    """

    def __init__(
        self,
        pki: Path,
        authority: str,
        passphrase: str,
        root_fingerprints: Iterable[str] | None = (),
        pkcs11_module: str | None = None,
        publication_url: str | None = None,
    ) -> None:
        self._directory = PkiDirectory(pki, root_fingerprints)
        self._passphrase = passphrase
        self.authority: Authority = self._directory.authority(authority).reached_by(pkcs11_module)
        if publication_url is not None:
            self.authority.publication.check_base(publication_url, where=f"authority {authority}")
        self._signing_key: CertificateIssuerPrivateKeyTypes | None = None

    def unlock(self) -> None:
        """Opens the authority's private key, so that what is wrong with it shows before anybody prepares for a certificate.

        :raises SiptlsError: the passphrase is wrong, or the key is missing or another's
        """
        self._signing_key = self.authority.signing_key(self._passphrase)

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
        records = self._directory.records(device)
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
        self._directory.refuse_missing_record(device, records)

    def revocation(self, certificate: x509.Certificate) -> Revocation | None:
        """The revocation of a certificate, whichever authority of the PKI directory issued it; None where it is not revoked.

        One authority takes over from another, and not those whom that one has revoked.
        """
        for name in self._directory.revoking():
            found = self._directory.revocation(name, certificate.serial_number)
            if found and self._may_have_issued(name, certificate):
                return found
        return None

    def _may_have_issued(self, name: str, certificate: x509.Certificate) -> bool:
        """By its subject; an authority that was removed from the PKI directory may have issued anything."""
        authority = self.authority if name == self.authority.name else self._directory.trusted_authorities.get(name)
        return authority is None or authority.certificate.subject == certificate.issuer

    def key_revocation(self, device: str, public_key: CertificatePublicKeyTypes) -> Revocation | None:
        """The revocation of a recorded certificate of this device with this key; None where none of them is revoked.

        Whoever has the key of a revoked certificate may have it for good, so the key is not certified again, by any CA.
        """
        if not self._directory.revoking():
            return None
        digits = public_key_digits(public_key)
        records = (record.certificate for record in self._directory.records(device))
        revocations = (self.revocation(each) for each in records if public_key_digits(each.public_key()) == digits)
        return next(filter(None, revocations), None)

    def sign(
        self, device: str, request: bytes, wanted: Wanted, now: datetime, *, new_key: bool = True, reason: str = ""
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
        certificate = self.certify(public_key, wanted, now)
        self._directory.record_certificate(
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
        if new_key and self._directory.key_owner(public_key) == device:
            raise SiptlsError(
                "the device was told to make a new key, and offers one that is recorded already",
                where=device,
                expected="a key that the device has just made",
                found="a key of an earlier certificate of this device",
                remedy="find out why the device offers it: an image of its disk was restored, or somebody else answers for it",
            )

    def claim(self, device: str, public_key: CertificatePublicKeyTypes, staged: str = "") -> None:
        """Makes sure that a key is this device's from now on, and was never another's.

        :param staged: see :meth:`PkiDirectory.claim_key`
        :raises SiptlsError: it is another device's
        """
        owner = self._directory.claim_key(device, public_key, staged)
        if owner is not None:
            raise SiptlsError(
                "the key in the certificate signing request is another device's",
                where=device,
                expected="a key that was never used elsewhere",
                found=f"the key of {owner}",
                remedy="find out which device was copied from which; then run with {key.rekey}, which makes a new key",
                options={"key.rekey": "always"},
            )

    def certify(self, public_key: CertificatePublicKeyTypes, wanted: Wanted, now: datetime) -> x509.Certificate:
        """A certificate for this key. It is not on record yet, and so not to be handed out.

        :raises SiptlsError: the authority cannot sign
        """
        return build_device_certificate(
            identity=wanted.identity,
            profile=wanted.profile,
            public_key=public_key,
            issuer=self.authority.certificate,
            signing_key=self._signing_key or self.authority.signing_key(self._passphrase),
            valid=lifetime(now, wanted.valid_for, self.authority.certificate),
            publication=self.authority.publication,
        )

    def is_recorded(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate is on record for this device."""
        return self._directory.has_record(device, certificate)

    def record(self, device: str, certificate: x509.Certificate, wanted: Wanted) -> None:
        """Takes a certificate of this authority that was found on a device onto the record."""
        self._directory.claim_key(device, certificate.public_key())
        self._directory.record_certificate(
            device,
            wanted.profile.name,
            certificate,
            authority=self.authority.name,
            issued=certificate.not_valid_before_utc + BACKDATED,
        )
