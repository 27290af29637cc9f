# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol of a register: who got what. It signs nothing; that is for a :class:`.signer.Signer`.

What every register does is stated by its contract tests (tests/unit/plugins/module_utils/pki/contract). Serial numbers "in digits" are
lower-case hexadecimal, as :func:`.x509.certificates.serial_digits` writes them. Times are UTC. A path is a place to name to a reader: in a
PKI directory it is a file, in a remote register it is not, and only the register itself opens it.

Whatever is recorded is durable when the method returns, and never changed afterwards. The first record wins, whoever asks second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path, PurePath
from typing import Protocol, runtime_checkable

from ..errors import SiptlsError
from .authority.authority import Authority
from .store.certificate_record import Record
from .store.crl_files import RevocationList
from .store.revocation_record import Revocation
from .store.rollover_proof import Proof

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Certificates", "Keys", "KnownAuthorities", "Register", "Revocations", "Rollovers"]


class KnownAuthorities(Protocol):
    """The CAs of a register. Each that it returns has a verified chain, and a root that the inventory pins where it pins any."""

    @property
    def location(self) -> str:
        """Where the register is, for a reader."""

    @property
    def identity(self) -> str:
        """What tells this register apart from every other one."""

    def contains(self, path: Path) -> bool:
        """Whether a path on the controller is in what the register keeps."""

    def check_exists(self) -> None:
        """Makes sure that there is a register.

        :raises SiptlsError: there is none
        """

    @property
    def pins_roots(self) -> bool:
        """Whether the inventory pins roots."""

    @property
    def trusted_authorities(self) -> Mapping[str, Authority]:
        """By name, the CAs that can be loaded. What no CA among them signed decides nothing."""

    def authority_names(self) -> list[str]:
        """The names of all CAs, in order, whether or not they can be loaded."""

    def authority(self, name: str) -> Authority:
        """The CA called ``name``.

        :raises SiptlsError: there is none, or it is not believed
        """

    def find_authority(self, name: str) -> Authority | None:
        """The CA called ``name``; None where there is none.

        :raises SiptlsError: it is not believed
        """

    def anchors(self, names: Iterable[str]) -> tuple[x509.Certificate, ...]:
        """The trust anchors of these CAs and what is below them, each certificate once, in the order of the CAs' names.

        :raises SiptlsError: there is no such CA; or its key is not the one that signed its last CRL and its certificates
        """


class Certificates(Protocol):
    """The records of certificates."""

    def devices(self) -> list[str]:
        """The devices that have certificates on record, by their names, in order."""

    def records(self, device: str) -> tuple[Record, ...]:
        """The certificates of a device, the oldest first, each with what its signature and its key say.

        :raises SiptlsError: a record cannot be read, or the newest is not believed
        """

    def recorded(self, device: str) -> tuple[Record, ...]:
        """The same, with the newest whether or not it is believed.

        :raises SiptlsError: a record cannot be read
        """

    def all_records(self) -> Iterator[Record]:
        """The certificates of all devices.

        :raises SiptlsError: a record cannot be read, or the newest of a device is not believed
        """

    def find_record(self, serial: int) -> Record | None:
        """The certificate with this serial number, whoever got it; None where there is none on record.

        :raises SiptlsError: its record cannot be read, or is not believed
        """

    def has_record(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate was recorded for this device.

        :raises SiptlsError: another one is recorded in its place
        """

    def problem_of(self, record: Record, issuer: Authority | None) -> str:
        """Why a record is not believed, in words; empty where it is.

        :param issuer: the CA that signed its certificate; None where none of this register did
        """

    def record_certificate(
        self,
        device: str,
        profile: str,
        certificate: x509.Certificate,
        *,
        authority: str,
        issued: datetime,
        reason: str = "",
    ) -> PurePath:
        """Puts an issued certificate on record, before anybody gets it.

        :param reason: :data:`.store.certificate_record.FORCED` where no certificate was due; empty otherwise
        :returns: the place of the record; one that is there already stays as it is
        """

    def record_many(self, records: Sequence[Record], *, before: Callable[[], None]) -> None:
        """Puts certificates on record, and their keys.

        :param before: is called when all keys are claimed, and before any certificate is on record
        :raises SiptlsError: a key is another device's
        """

    def record_serials(self, device: str) -> list[str]:
        """The serial numbers of a device's records, in digits, in any order. No record is read.

        :raises SiptlsError: they cannot be listed
        """

    def has_serial(self, device: str, serial: str) -> bool:
        """Whether there is a record of this device with this serial number, in digits. It is not read."""

    def read_record(self, device: str, serial: str) -> Record:
        """The record of this device with this serial number, in digits, as it stands: nothing in it is verified.

        :raises SiptlsError: it cannot be read
        """

    def record_path(self, device: str, serial: str) -> PurePath:
        """The place of the record of this device with this serial number, in digits; there or not."""

    def records_path(self, device: str) -> PurePath:
        """The place of the records of this device, there or not."""

    def has_responder(self, authority: Authority, certificate: x509.Certificate) -> bool:
        """Whether this certificate of an OCSP responder is recorded."""

    def record_responder(self, authority: Authority, certificate: x509.Certificate) -> None:
        """Puts the certificate of an OCSP responder on record, before anything that it signed is handed out."""


class Keys(Protocol):
    """Whose key is whose."""

    def claim_key(self, device: str, key: CertificatePublicKeyTypes) -> str | None:
        """Says for all times that this public key is that of ``device``; the first who says so is right.

        :returns: the device whose key it is already, if that is another one
        """

    def key_owner(self, key: CertificatePublicKeyTypes) -> str | None:
        """The device whose key this is; None where nobody has claimed it.

        :raises SiptlsError: the claim cannot be read
        """


class Revocations(Protocol):
    """The revocations, and the CRLs, which nobody can change without the key of their CA."""

    def revoke(self, authority: str, revocation: Revocation) -> bool:
        """Puts a revocation on record; one that is there already stays as it is.

        :returns: whether it was put there now
        """

    def revoking(self) -> list[str]:
        """The CAs that may have revoked certificates, by their names, in order."""

    def revocation(self, authority: str, serial: int) -> Revocation | None:
        """The revocation of the certificate with this serial number of this CA; None where it is not revoked.

        :raises SiptlsError: its record cannot be read, or it is missing although the last CRL revokes the certificate
        """

    def revocations(self, authority: str) -> tuple[Revocation, ...]:
        """All revocations of a CA's certificates, the oldest first.

        :raises SiptlsError: a record cannot be read, or one is missing although the last CRL revokes its certificate
        """

    def recorded_revocation(self, authority: str, serial: int) -> Revocation | None:
        """As :meth:`revocation`, by the records alone, whatever the last CRL says.

        :raises SiptlsError: its record cannot be read
        """

    def revoked_serials(self, authority: str) -> frozenset[str]:
        """The serial numbers that a CA has revoked, in digits, by the records alone. No record is read."""

    def recorded_revocation_of(self, authority: str, serial: str) -> Revocation:
        """The revocation with this serial number among :meth:`revoked_serials`.

        :raises SiptlsError: it cannot be read
        """

    def revocations_path(self, authority: str) -> PurePath:
        """The place of the revocations of this CA, there or not."""

    def refuse_missing_record(self, device: str, records: Iterable[Record]) -> None:
        """Makes sure that no revoked certificate lacks its record, or its revocation: either would hide that a device was revoked.

        :param records: of this device
        :raises SiptlsError: one does
        """

    def missing_revocation(self, authority: str, crl: RevocationList, serial: int) -> SiptlsError:
        """The error about the record of a revocation that is in the last CRL, which is gone."""

    def missing_certificate(self, revocation: Revocation) -> SiptlsError:
        """The error about the record of a certificate that was revoked, which is gone."""

    def last_crl(self, authority: str) -> RevocationList | None:
        """The CRL of a CA with the highest number, read anew; None where there is none, or where the CA is not trusted.

        :raises SiptlsError: it cannot be read, or was not signed by this CA
        """

    def making_crl(self, authority: str) -> AbstractContextManager[None]:
        """Whoever makes a CRL of this CA does so alone, so that the second sees what the first has made."""

    def record_crl(self, authority: str, crl: RevocationList) -> None:
        """Puts a CRL on record, before anybody gets it.

        :raises FileExistsError: its number is taken
        """


class Rollovers(Protocol):
    """What was proven of CA rollovers. A proof is compared with the records of certificates each time it is read."""

    def trust_proof(self, authority: str, *, now: datetime, thorough: bool = False) -> Proof | None:
        """The proof that every device trusts ``authority``, which takes over from another; None where there is none.

        :param thorough: whether to read the record of every certificate in it too
        :raises SiptlsError: what is there proves nothing
        """

    def retirement_proof(
        self, authority: str, *, now: datetime, beside: Iterable[str] = (), thorough: bool = False
    ) -> Proof | None:
        """The proof that no device depends on ``authority`` any more; None where there is none.

        :param beside: the CAs whose certificates devices may have, beside those of the successor
        :param thorough: whether to read the record of every certificate in it too
        :raises SiptlsError: what is there proves nothing
        """

    def record_trust(self, authority: str, *, before: str, seen: Mapping[str, str], now: datetime) -> bool:
        """Puts on record that every device was seen to trust ``authority``, which takes over from ``before``.

        :param seen: by device, the serial number of its certificate, in digits
        :returns: whether that was put there now
        :raises SiptlsError: one of these certificates is not on record
        """

    def record_retirement(
        self, authority: str, *, after: str, seen: Mapping[str, str], now: datetime, beside: Iterable[str] = ()
    ) -> bool:
        """Puts on record that no device was seen to depend on ``authority`` any more, which ``after`` has taken over from.

        :param seen: by device, the serial number of its certificate, in digits
        :param beside: the CAs whose certificates devices may have, beside those of ``after``
        :returns: whether that was put there now
        :raises SiptlsError: one of these certificates is not on record, or was issued by another CA
        """

    def predecessor(self, authority: str) -> str:
        """The CA that this one takes over from, as its proof names it; empty where none does. It permits nothing."""

    def successor(self, authority: str) -> str:
        """The CA that this one was retired for, as its proof names it; empty where none does. It permits nothing."""

    def trust_path(self, authority: str) -> PurePath:
        """The place of the proof that every device trusts this CA, there or not."""

    def retirement_path(self, authority: str) -> PurePath:
        """The place of the proof that no device depends on this CA any more, there or not."""


@runtime_checkable
class Register(KnownAuthorities, Certificates, Keys, Revocations, Rollovers, Protocol):
    """All of a register: authorities, certificates, keys, revocations, rollovers."""
