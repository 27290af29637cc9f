# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A register and a signer in memory. They keep to the protocols and share no storage code with the PKI directory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePath

from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.crl import RevocationList, build_list
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp import Responder
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import (
    Record,
    another_devices_key,
    in_order,
    ownership_problem,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.rollover_proof import Proof, unproven
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
    build_device_certificate,
    is_issued_by,
    lifetime,
    serial_digits,
    serial_hex,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.desired import DesiredCertificate
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import public_key_digits
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.requests import proven_public_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import Maker
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

PLACE = PurePath("memory")


class MemoryRegister:
    """What a PKI directory tells, from dictionaries."""

    location = identity = str(PLACE)
    pins_roots = False

    def __init__(self) -> None:
        self.trusted_authorities: dict[str, Authority] = {}
        self._records: dict[str, dict[str, Record]] = {}
        self._keys: dict[bytes, str] = {}
        self._revocations: dict[str, dict[str, Revocation]] = defaultdict(dict)
        self._crls: dict[str, dict[int, RevocationList]] = defaultdict(dict)
        self._responders: set[tuple[str, x509.Certificate]] = set()
        self._trust: dict[str, Proof] = {}
        self._retirement: dict[str, Proof] = {}

    # Authorities

    def add(self, authority: Authority) -> None:
        self.trusted_authorities[authority.name] = authority

    def contains(self, path: Path) -> bool:
        return False

    def check_exists(self) -> None:
        if not self.trusted_authorities:
            raise SiptlsError("there is no register", where=self.location)

    def authority_names(self) -> list[str]:
        return sorted(self.trusted_authorities)

    def authority(self, name: str) -> Authority:
        found = self.find_authority(name)
        if found is None:
            raise SiptlsError(f"there is no authority named {name!r}", where=self.location)
        return found

    def find_authority(self, name: str) -> Authority | None:
        return self.trusted_authorities.get(name)

    def anchors(self, names: Iterable[str]) -> tuple[x509.Certificate, ...]:
        bundles = [self.authority(name).trust_bundle for name in sorted(set(names))]
        return tuple(dict.fromkeys(certificate for bundle in bundles for certificate in bundle))

    # Certificates

    def devices(self) -> list[str]:
        return sorted(self._records)

    def records(self, device: str) -> tuple[Record, ...]:
        found = self.recorded(device)
        if found and found[-1].problem:
            raise found[-1].as_error()
        return found

    def recorded(self, device: str) -> tuple[Record, ...]:
        return in_order(self._believed(record) for record in self._records.get(device, {}).values())

    def all_records(self) -> Iterator[Record]:
        for device in self.devices():
            yield from self.records(device)

    def find_record(self, serial: int) -> Record | None:
        for device in self.devices():
            if serial_digits(serial) in self._records[device]:
                record = self._believed(self._records[device][serial_digits(serial)])
                if record.problem:
                    raise record.as_error()
                return record
        return None

    def _believed(self, record: Record) -> Record:
        issuers = (
            one for one in self.trusted_authorities.values() if is_issued_by(record.certificate, one.certificate)
        )
        issuer = next(issuers, None)
        return replace(record, authority=issuer.name if issuer else "", problem=self.problem_of(record, issuer))

    def problem_of(self, record: Record, issuer: Authority | None) -> str:
        certificate = record.certificate
        return ownership_problem(
            record,
            lambda: self.key_owner(certificate.public_key()),
            issuer,
            lambda other: self.has_serial(other, serial_hex(certificate)),
        )

    def has_record(self, device: str, certificate: x509.Certificate) -> bool:
        found = self._records.get(device, {}).get(serial_hex(certificate))
        if found and found.certificate != certificate:
            raise SiptlsError("this record holds another certificate than the device", where=str(found.path))
        return found is not None

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
        path = self.record_path(device, serial_hex(certificate))
        record = Record(device, profile, authority, issued.replace(microsecond=0), certificate, path, reason=reason)
        self._records.setdefault(device, {}).setdefault(serial_hex(certificate), record)
        return path

    def record_many(self, records: Sequence[Record], *, before: Callable[[], None]) -> None:
        for record in records:
            owner = self.claim_key(record.device, record.certificate.public_key())
            if owner:
                raise another_devices_key(record.device, owner)
        before()
        for one in records:
            self.record_certificate(
                one.device, one.profile, one.certificate, authority=one.authority, issued=one.issued
            )

    def record_serials(self, device: str) -> list[str]:
        return list(self._records.get(device, ()))

    def has_serial(self, device: str, serial: str) -> bool:
        return serial in self._records.get(device, ())

    def read_record(self, device: str, serial: str) -> Record:
        if not self.has_serial(device, serial):
            raise SiptlsError("there is no such record", where=str(self.record_path(device, serial)))
        return self._records[device][serial]

    def record_path(self, device: str, serial: str) -> PurePath:
        return self.records_path(device) / f"{serial}.pem"

    def records_path(self, device: str) -> PurePath:
        return PLACE / "certificates" / device

    def has_responder(self, authority: Authority, certificate: x509.Certificate) -> bool:
        return (authority.name, certificate) in self._responders

    def record_responder(self, authority: Authority, certificate: x509.Certificate) -> None:
        self._responders.add((authority.name, certificate))

    # Keys

    def claim_key(self, device: str, key: CertificatePublicKeyTypes) -> str | None:
        owner = self._keys.setdefault(public_key_digits(key), device)
        return None if owner == device else owner

    def key_owner(self, key: CertificatePublicKeyTypes) -> str | None:
        return self._keys.get(public_key_digits(key))

    # Revocations

    def revoke(self, authority: str, revocation: Revocation) -> bool:
        known = self._revocations[authority]
        return known.setdefault(serial_digits(revocation.serial), revocation) is revocation

    def revoking(self) -> list[str]:
        return sorted({*self._revocations, *self._crls})

    def revocation(self, authority: str, serial: int) -> Revocation | None:
        found, crl = self.recorded_revocation(authority, serial), self.last_crl(authority)
        if found is None and crl and serial in crl.serials:
            raise self.missing_revocation(authority, crl, serial)
        return found

    def revocations(self, authority: str) -> tuple[Revocation, ...]:
        crl = self.last_crl(authority)
        for serial in crl.serials if crl else ():
            self.revocation(authority, serial)
        found = self._revocations.get(authority, {}).values()
        return tuple(sorted(found, key=lambda one: (one.revoked, one.serial)))

    def recorded_revocation(self, authority: str, serial: int) -> Revocation | None:
        return self._revocations.get(authority, {}).get(serial_digits(serial))

    def revoked_serials(self, authority: str) -> frozenset[str]:
        return frozenset(self._revocations.get(authority, ()))

    def recorded_revocation_of(self, authority: str, serial: str) -> Revocation:
        return self._revocations[authority][serial]

    def revocations_path(self, authority: str) -> PurePath:
        return PLACE / "revocations" / authority

    def refuse_missing_record(self, device: str, records: Iterable[Record]) -> None:
        for name in self.revoking():
            for found in self.revocations(name):
                if found.device and not self.has_serial(found.device, serial_digits(found.serial)):
                    raise self.missing_certificate(found)

    def missing_revocation(self, authority: str, crl: RevocationList, serial: int) -> SiptlsError:
        digits = serial_digits(serial)
        return SiptlsError(f"the last CRL of {authority} revokes {digits}, but the record of that is missing")

    def missing_certificate(self, revocation: Revocation) -> SiptlsError:
        digits = serial_digits(revocation.serial)
        return SiptlsError(f"certificate {digits} of {revocation.device} was revoked, and its record is missing")

    def last_crl(self, authority: str) -> RevocationList | None:
        issuer, lists = self.trusted_authorities.get(authority), self._crls.get(authority, {})
        if issuer is None or not lists:
            return None
        found = lists[max(lists)]
        if not found.crl.is_signature_valid(issuer.certificate.public_key()):
            raise SiptlsError("this revocation list is not one of this CA", where=authority)
        return found

    def making_crl(self, authority: str) -> nullcontext[None]:
        return nullcontext()

    def record_crl(self, authority: str, crl: RevocationList) -> None:
        if self._crls[authority].setdefault(crl.number, crl) is not crl:
            raise FileExistsError(crl.number)

    # Rollovers

    def trust_proof(self, authority: str, *, now: datetime, thorough: bool = False) -> Proof | None:
        return self._compared(self._trust.get(authority), now)

    def retirement_proof(
        self, authority: str, *, now: datetime, beside: Iterable[str] = (), thorough: bool = False
    ) -> Proof | None:
        return self._compared(self._retirement.get(authority), now)

    def _compared(self, proof: Proof | None, now: datetime) -> Proof | None:
        if proof:
            old = proof.other if proof.role == "predecessor" else proof.authority
            for device in self.devices():
                valid = [one for one in self.records(device) if one.authority == old and one.issued < proof.proven]
                if valid and device not in proof.seen:
                    raise unproven(self.location, f"{device} has a valid certificate of {old}, and is not in it")
        return proof

    def record_trust(self, authority: str, *, before: str, seen: Mapping[str, str], now: datetime) -> bool:
        self._check_seen(seen, None)
        proof = Proof(authority, "predecessor", before, now, dict(seen))
        return self._trust.setdefault(authority, proof) is proof

    def record_retirement(
        self, authority: str, *, after: str, seen: Mapping[str, str], now: datetime, beside: Iterable[str] = ()
    ) -> bool:
        self._check_seen(seen, {after, *beside})
        proof = Proof(authority, "successor", after, now, dict(seen))
        return self._retirement.setdefault(authority, proof) is proof

    def _check_seen(self, seen: Mapping[str, str], issuers: set[str] | None) -> None:
        for device, serial in seen.items():
            if not self.has_serial(device, serial):
                raise unproven(self.location, f"certificate {serial} of {device} is not on record")
            issuer = self._believed(self._records[device][serial]).authority
            if issuers is not None and issuer not in issuers:
                raise unproven(self.location, f"certificate {serial} of {device} was issued by {issuer}")

    def predecessor(self, authority: str) -> str:
        return self._trust[authority].other if authority in self._trust else ""

    def successor(self, authority: str) -> str:
        return self._retirement[authority].other if authority in self._retirement else ""

    def trust_path(self, authority: str) -> PurePath:
        return PLACE / "trust" / authority

    def retirement_path(self, authority: str) -> PurePath:
        return PLACE / "retirement" / authority


class MemorySigner:
    """Signs with a key that it was given."""

    is_bound_to_process = False

    def __init__(self, authority: Authority, maker: Maker) -> None:
        self.authority = authority
        self._key = maker.key

    def unlock(self) -> None:
        pass

    def certify(self, request: bytes, wanted: DesiredCertificate, now: datetime) -> tuple[x509.Certificate, ...]:
        certificate = build_device_certificate(
            identity=wanted.identity,
            profile=wanted.profile,
            public_key=proven_public_key(request, wanted.key_type, where="memory"),
            issuer=self.authority.certificate,
            signing_key=self._key,
            valid=lifetime(now, wanted.valid_for, self.authority.certificate),
        )
        return certificate, *self.authority.presented

    def sign_crl(
        self, revocations: Iterable[Revocation], number: int, wanted: Freshness, now: datetime
    ) -> x509.CertificateRevocationList:
        return build_list(self.authority, self._key, revocations, number, wanted, now)

    def responder(self, wanted: Freshness, now: datetime) -> Responder:
        return Responder.made(self.authority, self._key, wanted, now)
