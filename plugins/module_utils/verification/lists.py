# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The revocation lists that a softswitch checks by: all there, in force, and with everybody in them who was revoked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..durations import format_duration
from ..findings import Finding
from ..fleet.checks import Check
from ..pki.revocation.crl import RevocationList
from ..serial_numbers import serial_digits
from ..tls.pem import pem_blocks
from .settings import Observed, VerificationTarget

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["WantedList", "list_check", "read_lists", "serials_in"]

_PUBLISH = "run siptls.vos.site for the softswitch, which makes and publishes the lists"


@dataclass(frozen=True)
class WantedList:
    """The list of one authority, by the PKI directory.

    :ivar revoked: the serial numbers of its certificates that were revoked
    """

    name: str
    authority: x509.Certificate
    revoked: frozenset[int]


def read_lists(text: str) -> tuple[x509.CertificateRevocationList, ...] | None:
    """The lists of a file; None where one of them cannot be read, or there is none."""
    try:
        found = tuple(x509.load_pem_x509_crl(block.encode()) for block in pem_blocks(text, "X509 CRL"))
        # What is decoded on demand
        complete = all(one.issuer and one.next_update_utc for one in found)
    except ValueError:
        return None
    return found if found and complete else None


def serials_in(seen: Observed) -> frozenset[int]:
    """The serial numbers in the lists on the device; none where there is no list that can be read."""
    lists = read_lists(seen.crl.text) if seen.crl.state == "there" else None
    return frozenset(entry.serial_number for one in lists or () for entry in one)


def list_check(wanted: VerificationTarget, seen: Observed, lists: Sequence[WantedList]) -> Check:
    """A list of each authority that everybody is checked by; without it a softswitch admits nobody, or those revoked.

    :param lists: one for each authority whose certificates are checked
    """
    if wanted.kind == "gateway":
        return Check.because("crl", "not_applicable", "gateways check no revocation list")
    if seen.crl.state == "unused":
        return Check.because("crl", "not_applicable", "the softswitch checks no revocation list (vos_crl_file)")
    if seen.crl.state != "there":
        return Check.because("crl", "failed", f"the revocation list {seen.crl.path} is {seen.crl.state}", (), _PUBLISH)
    found = read_lists(seen.crl.text)
    if found is None:
        return Check.because("crl", "failed", f"{seen.crl.path} is no revocation list that can be read", (), _PUBLISH)
    ends = tuple(f"list of {one.issuer.rfc4514_string()} until {_end(one):%F %T} UTC" for one in found)
    failed = [finding for one in lists for finding in _problems(one, found, seen.now)]
    failed += _expired(found, timedelta(0), seen.now)
    if failed:
        return Check.by_all("crl", "failed", failed, besides=ends)
    return Check.by_all("crl", "due", list(_expired(found, wanted.lists_renew_before, seen.now)), besides=ends)


def _problems(wanted: WantedList, found: Sequence[x509.CertificateRevocationList], now: datetime) -> Iterator[Finding]:
    own = [one for one in found if one.issuer == wanted.authority.subject and _signed(one, wanted.authority)]
    if not own:
        yield Finding(f"there is no revocation list of {wanted.name} in it", remedy=_PUBLISH)
        return
    newest = max(own, key=_end)
    missing = wanted.revoked - {entry.serial_number for entry in newest}
    if missing:
        told = tuple(f"certificate {serial_digits(one)}" for one in sorted(missing)[:20])
        cause = (
            f"{len(missing)} revoked by {wanted.name} are not in its list on the softswitch, which still admits them"
        )
        yield Finding(cause, told, _PUBLISH)


def _signed(one: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    try:
        return bool(one.is_signature_valid(authority.public_key()))  # type: ignore[arg-type]  # a CA key
    except (TypeError, ValueError):
        return False


def _expired(found: Iterable[x509.CertificateRevocationList], before: timedelta, now: datetime) -> list[Finding]:
    words = []
    for one in found:
        left = _end(one) - now
        if left <= before:
            when = (
                f"ended {format_duration(-left)} ago: everybody is refused"
                if left <= timedelta(0)
                else f"ends in {format_duration(left)}"
            )
            words.append(Finding(f"the revocation list of {one.issuer.rfc4514_string()} {when}", remedy=_PUBLISH))
    return words


def _end(one: x509.CertificateRevocationList) -> datetime:
    return RevocationList(0, one).next_update
