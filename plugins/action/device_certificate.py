# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_certificate: one device's certificate, whole, in one task."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.authority.root_pins import exchanged_root
from ..module_utils.pki.issuing.certificate_policy import CertificatePolicy
from ..module_utils.pki.issuing.issuer import Issuer
from ..module_utils.pki.issuing.renewal import Wanted
from ..module_utils.pki.opened import Opened
from ..module_utils.pki.register import Register
from ..module_utils.pki.x509.certificates import describe_certificate, fingerprint, pem, serial_hex
from ..module_utils.pki.x509.identity import Identity
from ..module_utils.pki.x509.keys import KEY_TYPES, public_key_digits
from ..module_utils.pki.x509.profiles import PROFILES
from ..module_utils.timestamps import utc_now, write_time
from ..plugin_utils.certificate_convergence import Holder, converge
from ..plugin_utils.certificate_place import CertificatePlace, Found, Generation
from ..plugin_utils.certificate_plan import Plan, bundle_diff, certificate_diff, foretold, generation_before
from ..plugin_utils.device import Device
from ..plugin_utils.operation import IDENTITY, ISSUER, VARIABLES, Operation

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

_PLACE = ("directory", "certificate", "private_key", "trust_bundle", "owner", "group")


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
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
        "state": {"type": "str", "default": "present", "choices": ["present", "previous"]},
        "after_revocation": {"type": "str", "default": "refuse", "choices": ["refuse", "issue"]},
        "record_as": {"type": "str", "default": ""},
        "variables": VARIABLES,
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and, where its certificate is not as wanted, makes it so."""
        self._arguments = arguments
        self._now = utc_now()
        self._place = CertificatePlace(**{name: arguments[name] for name in _PLACE})
        policy = CertificatePolicy.checked(
            identity=Identity.checked(**arguments["identity"]),
            profile=arguments["profile"],
            key_type=arguments["key"]["type"],
            valid_for=arguments["valid_for"],
            renew_before=arguments["renew_before"],
        )
        self._device = Device(self, self.device_name)
        if arguments["state"] == "previous":
            return self._go_back()
        if self._is_foretold(arguments["issuer"]["authority"]):
            return {"changed": True, "reason": "no certificate of an authority that will itself be made first"}
        if any(self._is_foretold(name) for name in arguments["trusts"]):
            return {"changed": True, "reason": "the trust bundle lacks an authority that will itself be made first"}
        return self._converge(policy.from_issuer(self._issuer.authority))

    @cached_property
    def _opened(self) -> Opened:
        return self.opened(self._arguments["issuer"])

    @property
    def _issuer(self) -> Issuer:
        return self._opened.issuer

    @property
    def _register(self) -> Register:
        return self._opened.register

    @property
    def _recorded_as(self) -> str:
        """The name by which the PKI directory knows this certificate's holder."""
        return self._arguments["record_as"] or self.device_name

    def _is_foretold(self, authority: str) -> bool:
        """Whether this is the check run of a roll-out, in which this authority is only foretold as well."""
        return self.check_mode and self._register.find_authority(authority) is None

    def _converge(self, wanted: Wanted) -> dict[str, Any]:
        self._issuer.check(wanted.identity)
        anchors = self._anchors()
        done = converge(
            self._holder,
            wanted,
            trust_bundle=pem(*anchors),
            now=self._now,
            forced="renewal forced" if self._arguments["renew_now"] else "",
            rekey=self._arguments["key"]["rekey"] == "always",
            check_mode=self.check_mode,
            review=self._review,
        )
        return {
            **self._result(done.found, done.plan, wanted, done.issued),
            "trusted": done.found.trusts(anchors),
            "issuer": {
                "authority": self._issuer.authority.name,
                "not_after": write_time(self._issuer.authority.not_after),
            },
        }

    @property
    def _holder(self) -> Holder:
        return Holder(self._device, self._place, self._issuer, self._recorded_as)

    def _review(self, found: Found, plan: Plan) -> Plan:
        """The plan by what the PKI directory knows of other devices and CAs.

        :raises SiptlsError: it must not be carried out
        """
        plan = self._without_key_of_another(found, plan)
        self._refuse_exchanged_root(found, plan)
        self._refuse_unproven(found, plan)
        if plan.issue and self._arguments["after_revocation"] == "refuse":
            self._issuer.refuse_revoked(self._recorded_as, None if plan.key_is_burnt else _held(found), self._now)
        return plan

    def _anchors(self) -> tuple[x509.Certificate, ...]:
        """The anchors of the issuer and of those that are trusted as well."""
        return self._register.anchors([self._arguments["issuer"]["authority"], *self._arguments["trusts"]])

    def _without_key_of_another(self, found: Found, plan: Plan) -> Plan:
        """A certificate that another device got, as after a rename or on a copied disk, is replaced rather than recorded here too."""
        if not plan.record or not found.installed:
            return plan
        problem = self._issuer.problem_of_found(self._recorded_as, found.installed.certificate)
        if not problem:
            return plan
        return replace(
            plan, issue=f"the certificate in use is another device's: {problem}", record=None, key_is_burnt=True
        )

    def _refuse_exchanged_root(self, found: Found, plan: Plan) -> None:
        """A CA that a device knows by its key does not get another root, unless the inventory pins that one."""
        if not plan.trust_bundle or not found.trust_bundle or self._register.pins_roots:
            return
        for name in (self._arguments["issuer"]["authority"], *self._arguments["trusts"]):
            path = self._register.authority(name).path
            if exchanged_root(found.anchors, path):
                raise SiptlsError(
                    f"{name} has another root in the PKI directory than on this device",
                    where=f"{self.host}, {self._place.directory}/{self._place.trust_bundle}",
                    expected="a root that the device trusts already, or a CA rollover",
                    found=f"the root {path[-1].subject.rfc4514_string()}, SHA-256 {fingerprint(path[-1])}",
                    remedy="restore authorities/ of the PKI directory from git; only if this root is yours, pin it: add its"
                    " fingerprint to pki_root_fingerprints (issuer.root_fingerprints of the task)",
                )

    def _refuse_unproven(self, found: Found, plan: Plan) -> None:
        """While one authority takes over from another, nobody is given what others do not trust, or loses what others need."""
        if self._arguments["is_proven"]:
            return
        register = self._register
        new, trusts = self._arguments["issuer"]["authority"], self._arguments["trusts"]
        before = self._arguments["takes_over_from"]
        if plan.issue and before and not register.trust_proof(new, now=self._now):
            raise SiptlsError(
                f"not every device is known to trust {new}, which takes over from {before}",
                where=self.device_name,
                expected=f"a proof that they all do, in {register.trust_path(new)}",
                remedy="run siptls.vos.rollover, or for an ML-DSA authority the stage anchors of siptls.vos.post_quantum: they ask all"
                " devices and put it there; or go back to the phase publish",
            )
        successor = register.successor(new)
        if plan.issue and successor in trusts:
            raise SiptlsError(
                f"{new} was retired, so not every device trusts it any more",
                where=self.device_name,
                found=f"the proof of its retirement, {register.retirement_path(new)}",
                remedy=f"go on to the phase issue or retire, in which {successor} issues",
            )
        # The name alone could have changed as well, a phase too early
        old = before or register.predecessor(new)
        loses = plan.trust_bundle and old and old not in trusts and self._has(found, old)
        if loses and not register.retirement_proof(old, now=self._now):
            raise SiptlsError(
                f"a device may still depend on {old}, so its anchors stay",
                where=self.device_name,
                expected=f"a proof that none does, in {register.retirement_path(old)}",
                remedy="run siptls.vos.rollover with the phase retire, which asks all devices and puts it there",
            )

    def _has(self, found: Found, name: str) -> bool:
        """Whether the device has the trust anchors of this authority."""
        authority = self._register.trusted_authorities.get(name)
        return authority is not None and found.trusts(authority.trust_bundle)

    def _result(self, found: Found, plan: Plan, wanted: Wanted, issued: x509.Certificate | None) -> dict[str, Any]:
        before = found.installed.certificate if found.installed else None
        result: dict[str, Any] = {
            "changed": bool(plan.reason),
            "generation": serial_hex(issued) if issued else found.generation,
            "forced": plan.forced,
        }
        if plan.reason:
            result["reason"] = plan.reason
        if before:
            result["before"] = _certificate_facts(before)
        if issued or (before and not plan.issue):
            result.update(_certificate_facts(issued or before))
        if plan.reason and self.diff_mode:
            after = describe_certificate(issued) if issued else foretold(wanted, self._now)
            result["diff"] = self._diff(found, plan, before, after)
        return result

    def _diff(self, found: Found, plan: Plan, before: x509.Certificate | None, after: str) -> list[dict[str, str]]:
        directory = self._place.directory
        parts = []
        if plan.trust_bundle:
            parts.append(bundle_diff(f"{directory}/{self._place.trust_bundle}", found.trust_bundle, plan.trust_bundle))
        if plan.issue:
            parts.append(certificate_diff(f"{directory}/{self._place.certificate}", before, after))
        parts += [{"prepared": f"{directory}: {text}\n"} for text in (plan.record, *plan.put_right) if text]
        return parts

    def _go_back(self) -> dict[str, Any]:
        """Back to the generation before the newest one; unchanged where the device is back there already."""
        found = self._place.look(self._device, generations=True)
        target = generation_before(found, where=f"{self.device_name}, {self._place.directory}")
        before = found.installed.certificate if found.installed else None
        facts = {"before": _certificate_facts(before)} if before else {}
        if target is None:
            return {"changed": False, "generation": found.generation, **_certificate_facts(before), **facts}
        self._refuse_unfit(target)
        if not self.check_mode:
            self._place.publish(self._device, target.name)
        result = {
            "changed": True,
            "reason": f"back from generation {found.generation}",
            "generation": target.name,
            **_certificate_facts(target.certificate),
            **facts,
        }
        if self.diff_mode:
            path = f"{self._place.directory}/{self._place.certificate}"
            result["diff"] = certificate_diff(path, before, describe_certificate(target.certificate))
        return result

    def _refuse_unfit(self, target: Generation) -> None:
        revocation = self._holder.revocation(target.certificate)
        if revocation:
            what = "certificate" if revocation.serial == target.certificate.serial_number else "key"
            raise SiptlsError(
                f"the {what} of the generation before, {target.name}, was revoked",
                where=self.device_name,
                found=f"revoked {revocation.revoked:%F %T} UTC ({revocation.reason})",
                remedy="keep the one in use, or have a new one issued: siptls.vos.rotate, or {state} in a task",
                options={"state": "present"},
            )
        end = target.certificate.not_valid_after_utc
        if self._now >= end:
            raise SiptlsError(
                f"the certificate of the generation before, {target.name}, has expired",
                where=self.device_name,
                found=f"valid until {end:%F %T} UTC",
                remedy="have a new one issued: siptls.vos.rotate, or {state} in a task",
                options={"state": "present"},
            )


def _certificate_facts(certificate: x509.Certificate | None) -> dict[str, Any]:
    if certificate is None:
        return {}
    return {
        "serial_number": serial_hex(certificate),
        "not_after": write_time(certificate.not_valid_after_utc),
    }


def _held(found: Found) -> x509.Certificate | None:
    """The certificate whose private key the device has; None where it has none."""
    installed = found.installed
    if installed is None or installed.public_key != public_key_digits(installed.certificate.public_key()):
        return None
    return installed.certificate
