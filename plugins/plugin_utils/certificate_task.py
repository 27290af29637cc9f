# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of one device's certificate, held against what the device has, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.authority.root_pins import exchanged_root
from ..module_utils.pki.issuing.certificate_policy import CertificatePolicy
from ..module_utils.pki.opened import Opened
from ..module_utils.pki.x509.certificates import describe_certificate, fingerprint, pem, serial_hex
from ..module_utils.pki.x509.desired import DesiredCertificate
from ..module_utils.pki.x509.identity import Identity
from ..module_utils.pki.x509.keys import KEY_TYPES, public_key_digits
from ..module_utils.pki.x509.profiles import PROFILES
from ..module_utils.timestamps import utc_now, write_time
from .certificate_convergence import Holder, assess, converge
from .certificate_place import CertificatePlace, InstalledState
from .certificate_plan import CertificatePlan, bundle_diff, certificate_diff, certificate_facts, foretold
from .device import Device
from .operation import IDENTITY, ISSUER, Operation

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["CERTIFICATE", "CertificateTask"]

_PLACE = ("directory", "certificate", "private_key", "trust_bundle", "owner", "group")

#: What is wanted of a device's certificate, as options of a task.
CERTIFICATE: dict[str, Any] = {
    "issuer": ISSUER,
    "profile": {"type": "str", "required": True, "choices": list(PROFILES)},
    "identity": IDENTITY,
    "key": {
        "type": "dict",
        "no_log": False,
        "default": {},
        "options": {
            "type": {"type": "str", "default": "ecdsa-p256", "choices": list(KEY_TYPES)},
            "rekey": {"type": "str", "default": "always", "choices": ["always", "never"]},
        },
    },
    "valid_for": {"type": "str", "default": "90d"},
    "renew_before": {"type": "str", "default": "30d"},
    "renew_now": {"type": "bool", "default": False},
    "directory": {"type": "str", "required": True},
    "certificate": {"type": "str", "required": True},
    "private_key": {"type": "str", "required": True, "no_log": False},
    "trust_bundle": {"type": "str", "default": "ca.crt"},
    "trusts": {"type": "list", "elements": "str", "default": []},
    "takes_over_from": {"type": "str", "default": ""},
    "is_proven": {"type": "bool", "default": False},
    "owner": {"type": "str", "default": ""},
    "group": {"type": "str", "default": ""},
    "after_revocation": {"type": "str", "default": "refuse", "choices": ["refuse", "issue"]},
    "record_as": {"type": "str", "default": ""},
}


@dataclass(frozen=True)
class CertificateTask:
    """One device, and the certificate that it is to have.

    :ivar options: as :data:`CERTIFICATE` has them
    :ivar opened: where certificates come from, and who got which
    """

    options: Mapping[str, Any]
    device: Device
    opened: Opened
    place: CertificatePlace
    policy: CertificatePolicy
    now: datetime

    @classmethod
    def of(cls, operation: Operation, options: Mapping[str, Any], device: Device) -> CertificateTask:
        """The options of a task, checked.

        :raises SiptlsError: one of them is wrong
        """
        return cls(
            options=options,
            device=device,
            opened=operation.opened(options["issuer"]),
            place=CertificatePlace(**{name: options[name] for name in _PLACE}),
            policy=CertificatePolicy.checked(
                identity=Identity.checked(**options["identity"]),
                profile=options["profile"],
                key_type=options["key"]["type"],
                valid_for=options["valid_for"],
                renew_before=options["renew_before"],
            ),
            now=utc_now(),
        )

    def run(self, *, check_mode: bool, diff_mode: bool) -> dict[str, Any]:
        """Looks at the device and, where its certificate is not as wanted, makes it so.

        :returns: what the task returns
        :raises SiptlsError: the device or the issuer refuses a step; the certificate in use before is still in use
        """
        reason = self.foretold_reason() if check_mode else ""
        if reason:
            return {"changed": True, "reason": reason}
        done = converge(
            self.holder,
            self.wanted,
            trust_bundle=pem(*self._anchors),
            now=self.now,
            forced=self._forced,
            rekey=self.options["key"]["rekey"] == "always",
            check_mode=check_mode,
            review=self._review,
        )
        return self._told(done.found, done.plan, done.issued, diff_mode=diff_mode)

    def outlook(self, found: InstalledState) -> dict[str, Any]:
        """What :meth:`run` would return in check mode for a device of which this was found.

        :raises SiptlsError: it would be refused
        """
        plan = assess(
            self.holder,
            found,
            self.wanted,
            trust_bundle=pem(*self._anchors),
            now=self.now,
            forced=self._forced,
            review=self._review,
        )
        if plan.issue:
            # A passphrase that will not do is foretold as well
            self.opened.issuer.unlock()
        return self._told(found, plan, None, diff_mode=False)

    def foretold_reason(self) -> str:
        """In the check run of a roll-out: which authority is only foretold as well; empty where none is."""
        register = self.opened.register
        if register.find_authority(self.options["issuer"]["authority"]) is None:
            return "no certificate of an authority that will itself be made first"
        if any(register.find_authority(name) is None for name in self.options["trusts"]):
            return "the trust bundle lacks an authority that will itself be made first"
        return ""

    @cached_property
    def wanted(self) -> DesiredCertificate:
        """The certificate, by the issuer of this task."""
        wanted = self.policy.from_issuer(self.opened.issuer.authority)
        self.opened.issuer.check(wanted.identity)
        return wanted

    @property
    def holder(self) -> Holder:
        """The device, and who issues to it."""
        return Holder(self.device, self.place, self.opened.issuer, self.recorded_as)

    @property
    def recorded_as(self) -> str:
        """The name by which the PKI directory knows this certificate's holder."""
        return str(self.options["record_as"] or self.device.name)

    @property
    def _forced(self) -> str:
        return "renewal forced" if self.options["renew_now"] else ""

    @cached_property
    def _anchors(self) -> tuple[x509.Certificate, ...]:
        """The anchors of the issuer and of those that are trusted as well."""
        return self.opened.register.anchors([self.options["issuer"]["authority"], *self.options["trusts"]])

    def _review(self, found: InstalledState, plan: CertificatePlan) -> CertificatePlan:
        """The plan by what the PKI directory knows of other devices and CAs.

        :raises SiptlsError: it must not be carried out
        """
        plan = self._without_key_of_another(found, plan)
        self._refuse_exchanged_root(found, plan)
        self._refuse_unproven(found, plan)
        if plan.issue and self.options["after_revocation"] == "refuse":
            self.opened.issuer.refuse_revoked(self.recorded_as, None if plan.key_is_burnt else _held(found), self.now)
        return plan

    def _without_key_of_another(self, found: InstalledState, plan: CertificatePlan) -> CertificatePlan:
        """A certificate that another device got, as after a rename or on a copied disk, is replaced rather than recorded here too."""
        if not plan.record or not found.installed:
            return plan
        problem = self.opened.issuer.problem_of_found(self.recorded_as, found.installed.certificate)
        if not problem:
            return plan
        return replace(
            plan, issue=f"the certificate in use is another device's: {problem}", record=None, key_is_burnt=True
        )

    def _refuse_exchanged_root(self, found: InstalledState, plan: CertificatePlan) -> None:
        """A CA that a device knows by its key does not get another root, unless the inventory pins that one."""
        if not plan.trust_bundle or not found.trust_bundle or self.opened.register.pins_roots:
            return
        for name in (self.options["issuer"]["authority"], *self.options["trusts"]):
            path = self.opened.register.authority(name).path
            if exchanged_root(found.anchors, path):
                raise SiptlsError(
                    f"{name} has another root in the PKI directory than on this device",
                    where=f"{self.device.name}, {self.place.directory}/{self.place.trust_bundle}",
                    expected="a root that the device trusts already, or a CA rollover",
                    found=f"the root {path[-1].subject.rfc4514_string()}, SHA-256 {fingerprint(path[-1])}",
                    remedy="restore authorities/ of the PKI directory from git; only if this root is yours, pin it: add its"
                    " fingerprint to pki_root_fingerprints (issuer.root_fingerprints of the task)",
                )

    def _refuse_unproven(self, found: InstalledState, plan: CertificatePlan) -> None:
        """While one authority takes over from another, nobody is given what others do not trust, or loses what others need."""
        if self.options["is_proven"]:
            return
        register = self.opened.register
        new, trusts = self.options["issuer"]["authority"], self.options["trusts"]
        before = self.options["takes_over_from"]
        if plan.issue and before and not register.trust_proof(new, now=self.now):
            raise SiptlsError(
                f"not every device is known to trust {new}, which takes over from {before}",
                where=self.device.name,
                expected=f"a proof that they all do, in {register.trust_path(new)}",
                remedy="run siptls.vos.rollover, or for an ML-DSA authority the stage anchors of siptls.vos.post_quantum: they ask all"
                " devices and put it there; or go back to the phase publish",
            )
        successor = register.successor(new)
        if plan.issue and successor in trusts:
            raise SiptlsError(
                f"{new} was retired, so not every device trusts it any more",
                where=self.device.name,
                found=f"the proof of its retirement, {register.retirement_path(new)}",
                remedy=f"go on to the phase issue or retire, in which {successor} issues",
            )
        # The name alone could have changed as well, a phase too early
        old = before or register.predecessor(new)
        loses = plan.trust_bundle and old and old not in trusts and self._has(found, old)
        if loses and not register.retirement_proof(old, now=self.now):
            raise SiptlsError(
                f"a device may still depend on {old}, so its anchors stay",
                where=self.device.name,
                expected=f"a proof that none does, in {register.retirement_path(old)}",
                remedy="run siptls.vos.rollover with the phase retire, which asks all devices and puts it there",
            )

    def _has(self, found: InstalledState, name: str) -> bool:
        """Whether the device has the trust anchors of this authority."""
        authority = self.opened.register.trusted_authorities.get(name)
        return authority is not None and found.trusts(authority.trust_bundle)

    def _told(
        self, found: InstalledState, plan: CertificatePlan, issued: x509.Certificate | None, *, diff_mode: bool
    ) -> dict[str, Any]:
        before = found.installed.certificate if found.installed else None
        result: dict[str, Any] = {
            "changed": bool(plan.reason),
            "generation": serial_hex(issued) if issued else found.generation,
            "forced": plan.forced,
            "trusted": found.trusts(self._anchors),
            "issuer": {
                "authority": self.opened.issuer.authority.name,
                "not_after": write_time(self.opened.issuer.authority.not_after),
            },
        }
        if plan.reason:
            result["reason"] = plan.reason
        if before:
            result["before"] = certificate_facts(before)
        if issued or (before and not plan.issue):
            result.update(certificate_facts(issued or before))
        if plan.reason and diff_mode:
            after = describe_certificate(issued) if issued else foretold(self.wanted, self.now)
            result["diff"] = self._diff(found, plan, before, after)
        return result

    def _diff(
        self, found: InstalledState, plan: CertificatePlan, before: x509.Certificate | None, after: str
    ) -> list[dict[str, str]]:
        directory = self.place.directory
        parts = []
        if plan.trust_bundle:
            parts.append(bundle_diff(f"{directory}/{self.place.trust_bundle}", found.trust_bundle, plan.trust_bundle))
        if plan.issue:
            parts.append(certificate_diff(f"{directory}/{self.place.certificate}", before, after))
        parts += [{"prepared": f"{directory}: {text}\n"} for text in (plan.record, *plan.put_right) if text]
        return parts


def _held(found: InstalledState) -> x509.Certificate | None:
    """The certificate whose private key the device has; None where it has none."""
    installed = found.installed
    if installed is None or installed.public_key != public_key_digits(installed.certificate.public_key()):
        return None
    return installed.certificate
