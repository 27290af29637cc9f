# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a certificate: the certificate, below a few lines that say what it is and who got it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from ...errors import SiptlsError
from ...timestamps import read_time, write_time
from ..authority.authority import Authority
from ..text.lines import read_lines, write_lines
from ..x509.certificates import BACKDATED, describe_certificate, pem, serial_hex
from ..x509.identity import identity_of

try:
    from cryptography import x509
    from cryptography.x509.oid import NameOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["FORCED", "Record", "another_devices_key", "in_order", "ownership_problem", "parse_record", "render_record"]

#: Why a certificate was issued though none was due: the operator asked for it.
FORCED = "forced"
_BEGIN = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Record:
    """A certificate that was issued.

    :ivar device: who got it
    :ivar profile: what it is for, by its name in :mod:`.profiles`
    :ivar authority: the name in the PKI directory of the authority that issued it: by the record's header until it was verified
    :ivar issued: when, UTC, by the record's header; it is shown, and decides between certificates that begin at the same second
    :ivar path: its place in the register, which ends with its serial number; it may not be there yet
    :ivar problem: why the record is not believed; empty where it is, or where nobody asked
    :ivar reason: :data:`FORCED` where it was issued though none was due; empty otherwise
    :ivar distrusted: the CA of the PKI directory that signed it, where it is not trusted, such as one whose root is not pinned any more
    """

    device: str
    profile: str
    authority: str
    issued: datetime
    certificate: x509.Certificate
    path: PurePath
    problem: str = ""
    distrusted: str = ""
    reason: str = ""

    def as_error(self) -> SiptlsError:
        """Its problem, for a run that has to stop."""
        if self.distrusted:
            return SiptlsError(
                f"this certificate of {self.device} was issued by {self.distrusted}, which is not trusted",
                where=str(self.path),
                expected="a CA below a root that the inventory pins",
                found=self.problem,
                remedy=f"if {self.distrusted} was replaced by a CA rollover, add the fingerprint of its root to pki_root_fingerprints for"
                f" one run with --limit {self.device}, which gives the device a certificate of the CA that took over; else restore"
                f" authorities/{self.distrusted} from git",
            )
        return SiptlsError(
            f"this record of a certificate of {self.device} is not valid",
            where=str(self.path),
            expected="a certificate signed by a CA of this PKI directory, in a file named by its serial number, with a key of this device",
            found=self.problem,
            remedy="restore the folder from git, or remove the file if siptls.vos did not write it",
        )


def another_devices_key(device: str, owner: str) -> SiptlsError:
    """The error about a key that was claimed by another device."""
    return SiptlsError(
        "the key in the certificate signing request is another device's",
        where=device,
        expected="a key that was never used elsewhere",
        found=f"the key of {owner}",
        remedy="find out which device was copied from which; then run with {key.rekey}, which makes a new key",
        options={"key.rekey": "always"},
    )


def in_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """The records from the oldest to the newest, by what their certificates say, which is signed."""
    return tuple(
        sorted(records, key=lambda record: (record.certificate.not_valid_before_utc, record.issued, record.path.name))
    )


def ownership_problem(
    record: Record, owner_of_key: Callable[[], str | None], issuer: Authority | None, is_recorded: Callable[[str], bool]
) -> str:
    """Why a record is not believed, in words; empty where it is.

    :param owner_of_key: tells the device that claimed the certificate's key first, None where nobody did; asked last, as it reads a file
    :param issuer: the CA of the PKI directory that signed the certificate; None where none did
    :param is_recorded: whether the same certificate is recorded for another device
    """
    certificate = record.certificate
    if issuer is None:
        return f"no CA of this PKI directory signed it; it names {certificate.issuer.rfc4514_string()[:200] or 'nobody'} as its issuer"
    if record.path.stem != serial_hex(certificate):
        return f"it holds the certificate {serial_hex(certificate)}"
    if _is_common_name(record.device, certificate):
        return ""
    names = _names(certificate)
    if record.device in names:
        return ""
    owner = owner_of_key()
    if owner != record.device:
        whose = f"the key is that of {owner[:200]}" if owner else "nobody claimed its key"
        return f"{whose}, and {record.device} is not among its names"
    other = next((name for name in sorted(names) if is_recorded(name)), None)
    return f"it is recorded for {other} too, which is among its names" if other else ""


def _is_common_name(device: str, certificate: x509.Certificate) -> bool:
    """Asked first, since the other names take longer to read than a signature to verify."""
    return any(name.value == device for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def _names(certificate: x509.Certificate) -> set[str]:
    """What a device can be called by its certificate: common name, DNS names and their first labels, users of SIP URIs."""
    identity = identity_of(certificate)
    users = (uri.partition(":")[2].partition("@")[0] for uri in identity.sip_uris if "@" in uri)
    labels = (name.partition(".")[0] for name in identity.dns)
    return {identity.common_name, *identity.dns, *labels, *users} - {""}


def render_record(
    device: str, profile: str, authority: str, issued: datetime, certificate: x509.Certificate, reason: str = ""
) -> bytes:
    """The text of a record."""
    lines = {"device": device, "profile": profile, "authority": authority, "issued": write_time(issued)}
    lines |= {"reason": reason} if reason else {}
    return write_lines(lines) + (describe_certificate(certificate) + "\n" + pem(certificate)).encode()


def parse_record(device: str, path: PurePath, text: bytes) -> Record:
    """The record in ``text``.

    :param device: whose it is, by the folder it lies in
    :raises SiptlsError: it is none
    """
    header, begin, body = text.partition(_BEGIN)
    lines = read_lines(header)
    try:
        certificate = x509.load_pem_x509_certificate(begin + body)
        issued = read_time(lines["issued"]) if "issued" in lines else certificate.not_valid_before_utc + BACKDATED
    except ValueError as error:
        raise SiptlsError(
            "this record of a certificate cannot be read",
            where=str(path),
            found=str(error),
            remedy="restore the file from git",
        ) from None
    reason = FORCED if lines.get("reason") == FORCED else ""
    return Record(
        device, lines.get("profile", ""), lines.get("authority", ""), issued, certificate, path, reason=reason
    )
