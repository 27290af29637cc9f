# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device's certificate brought to what is wanted: looked at, planned, and carried out, in the one order that is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..module_utils.pki.issuing.issuer import Issuer
from ..module_utils.pki.store.certificate_record import FORCED
from ..module_utils.pki.store.revocation_record import Revocation
from ..module_utils.pki.x509.certificates import pem, serial_hex
from ..module_utils.pki.x509.desired import DesiredCertificate
from .certificate_place import CertificatePlace, InstalledState
from .certificate_plan import CertificatePlan, plan_for
from .device import Device

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Converged", "Holder", "assess", "converge"]


@dataclass(frozen=True)
class Holder:
    """A device that holds a certificate, and who issues it.

    :ivar recorded_as: the name by which the PKI directory knows the device
    """

    device: Device
    place: CertificatePlace
    issuer: Issuer
    recorded_as: str

    def revocation(self, certificate: x509.Certificate) -> Revocation | None:
        """Of this certificate, or of another one of this device with the same key."""
        return self.issuer.revocation(certificate) or self.issuer.key_revocation(
            self.recorded_as, certificate.public_key()
        )


@dataclass(frozen=True)
class Converged:
    """What came of it.

    :ivar found: the device before
    :ivar issued: the new certificate, which the device uses now; None where none was issued
    """

    found: InstalledState
    plan: CertificatePlan
    issued: x509.Certificate | None


def converge(
    holder: Holder,
    wanted: DesiredCertificate,
    *,
    trust_bundle: str,
    now: datetime,
    forced: str = "",
    rekey: bool = True,
    check_mode: bool = False,
    review: Callable[[InstalledState, CertificatePlan], CertificatePlan] = lambda _found, plan: plan,
) -> Converged:
    """Looks at a device and, where its certificate is not as wanted, makes it so. A second time changes nothing.

    Nothing is handed out before it is recorded, and whatever dies between two steps, the pair that a service reads matches.

    :param trust_bundle: the anchors that the device is to have, PEM
    :param forced: that a new certificate is wanted though none is due, in words; empty where it is not
    :param rekey: whether a new certificate gets a new key; one that is compromised or of another type is never kept
    :param check_mode: whether the device and the PKI directory stay as they are
    :param review: what may change the plan, or refuse it, before anything is done
    :raises SiptlsError: the device or the issuer refuses a step; the certificate in use before is still in use
    """
    found = holder.place.look(holder.device)
    plan = assess(holder, found, wanted, trust_bundle=trust_bundle, now=now, forced=forced, review=review)
    if plan.issue:
        # In check mode too: a passphrase that will not do is predicted, and found before the device makes a key.
        holder.issuer.unlock()
    if check_mode:
        return Converged(found, plan, None)
    if plan.issue:
        keep = not rekey and found.has_key_of(wanted.key_type) and not plan.key_is_burnt
        return Converged(found, plan, _issue(holder, plan, wanted, now, keep=keep))
    _put_right(holder, found, plan, wanted)
    return Converged(found, plan, None)


def assess(
    holder: Holder,
    found: InstalledState,
    wanted: DesiredCertificate,
    *,
    trust_bundle: str,
    now: datetime,
    forced: str = "",
    review: Callable[[InstalledState, CertificatePlan], CertificatePlan] = lambda _found, plan: plan,
) -> CertificatePlan:
    """What it takes to bring a device from what was found to what is wanted; nothing is asked of the device.

    :raises SiptlsError: it must not be done
    """
    installed = found.installed.certificate if found.installed else None
    plan = plan_for(
        found,
        wanted,
        revoked=holder.revocation(installed) if installed else None,
        trust_bundle=trust_bundle,
        recorded=installed is None or holder.issuer.is_recorded(holder.recorded_as, installed),
        now=now,
        forced=forced,
    )
    return review(found, plan)


def _issue(
    holder: Holder, plan: CertificatePlan, wanted: DesiredCertificate, now: datetime, *, keep: bool
) -> x509.Certificate:
    """:param keep: whether the key in use is certified again."""
    token, request = holder.place.request(holder.device, wanted.key_type, rekey=not keep)
    reason = FORCED if plan.forced else ""
    certificate = holder.issuer.sign(holder.recorded_as, request, wanted, now, new_key=not keep, reason=reason)
    holder.place.publish(
        holder.device,
        serial_hex(certificate),
        token=token,
        chain=pem(certificate, *wanted.presented),
        trust_bundle=plan.trust_bundle,
    )
    return certificate


def _put_right(holder: Holder, found: InstalledState, plan: CertificatePlan, wanted: DesiredCertificate) -> None:
    """Records the certificate in use, and puts right what is around it."""
    if plan.record and found.installed:
        holder.issuer.record(holder.recorded_as, found.installed.certificate, wanted)
    if plan.publishes and found.generation:
        holder.place.publish(holder.device, found.generation, trust_bundle=plan.trust_bundle)
