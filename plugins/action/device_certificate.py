# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_certificate: one device's certificate, whole, in one task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.certificates import describe_certificate, lifetime, pem, serial_hex, utc_now
from ..module_utils.pki.directory import PkiDirectory
from ..module_utils.pki.identity import Identity
from ..module_utils.pki.issuer import DirectoryIssuer
from ..module_utils.pki.keys import KEY_TYPES, key_type_named
from ..module_utils.pki.profiles import PROFILES, profile_named
from ..module_utils.pki.renewal import Wanted, reason_to_issue
from ..plugin_utils.certificate_place import CertificatePlace, Found, Generation
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation


@dataclass(frozen=True)
class Plan:
    """What is to be done for a device, each part with its reason in words; None where it is as it should be.

    :ivar issue: why a new certificate is needed
    :ivar record: why the certificate in use is to be recorded
    :ivar put_right: why files are to be put right around the certificate in use
    """

    issue: str | None
    record: str | None
    put_right: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All of it, in words; empty where there is nothing to do."""
        return "; ".join(part for part in (self.issue, self.record, *self.put_right) if part)


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS = {
        "issuer": {
            "type": "dict",
            "required": True,
            "options": {
                "pki": {"type": "path", "required": True},
                "authority": {"type": "str", "required": True},
                "passphrase": {"type": "str", "required": True, "no_log": True},
            },
        },
        "profile": {"type": "str", "required": True, "choices": list(PROFILES)},
        "identity": {
            "type": "dict",
            "required": True,
            "options": {
                "common_name": {"type": "str", "required": True},
                "sip_uris": {"type": "list", "elements": "str", "default": []},
                "dns": {"type": "list", "elements": "str", "default": []},
            },
        },
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
        "directory": {"type": "str", "required": True},
        "certificate": {"type": "str", "required": True},
        "private_key": {"type": "str", "required": True, "no_log": False},
        "trust_bundle": {"type": "str", "default": "ca.crt"},
        "owner": {"type": "str", "default": ""},
        "group": {"type": "str", "default": ""},
        "state": {"type": "str", "default": "present", "choices": ["present", "previous"]},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and, where its certificate is not as wanted, makes it so."""
        self._arguments = arguments
        self._now = utc_now()
        self._place = CertificatePlace(
            **{name: arguments[name] for name in ("directory", "certificate", "private_key", "trust_bundle", "owner", "group")}
        )
        request = _Request.checked(arguments)
        self._device = Device(self, self.host)
        if arguments["state"] == "previous":
            return self._go_back()
        if self._authority_is_foretold():
            reason = f"the authority {arguments['issuer']['authority']} will be made first, then the certificate issued"
            return {"changed": True, "reason": reason}
        return self._converge(request.wanted(self._issuer))

    @cached_property
    def _issuer(self) -> DirectoryIssuer:
        issuer = self._arguments["issuer"]
        return DirectoryIssuer(self.controller_path(issuer["pki"]), issuer["authority"], issuer["passphrase"])

    def _authority_is_foretold(self) -> bool:
        """Whether this is the check run of a first roll-out, in which the authority is only foretold as well."""
        issuer = self._arguments["issuer"]
        directory = PkiDirectory(self.controller_path(issuer["pki"]))
        return self.check_mode and directory.find_authority(issuer["authority"]) is None

    def _converge(self, wanted: Wanted) -> dict[str, Any]:
        found = self._place.look(self._device)
        plan = self._plan(found, wanted)
        if self.check_mode or not plan.reason:
            return self._result(found, plan, wanted, None)
        if not plan.issue:
            return self._put_right(found, plan, wanted)
        token, request = self._place.request(self._device, wanted.key_type, rekey=self._arguments["key"]["rekey"] == "always")
        certificate = self._issuer.sign(self.host, request, wanted, self._now)
        self._place.publish(
            self._device,
            serial_hex(certificate),
            token=token,
            chain=pem(certificate, *wanted.presented),
            trust_bundle=self._trust_bundle_if_it_differs(found),
        )
        return self._result(found, plan, wanted, certificate)

    def _put_right(self, found: Found, plan: Plan, wanted: Wanted) -> dict[str, Any]:
        """Records the certificate in use, or puts right what is around it."""
        if plan.record and found.installed:
            self._issuer.record(self.host, found.installed.certificate, wanted)
        if plan.put_right and found.generation:
            self._place.publish(self._device, found.generation, trust_bundle=self._trust_bundle_if_it_differs(found))
        return self._result(found, plan, wanted, None)

    def _plan(self, found: Found, wanted: Wanted) -> Plan:
        put_right = []
        if self._trust_bundle_if_it_differs(found):
            put_right.append("the trust bundle is not the issuer's")
        issue = reason_to_issue(found.installed, wanted, self._now)
        if issue:
            return Plan(issue, None, tuple(put_right))
        if not found.linked:
            put_right.append("the paths of certificate and key do not lead to the generation in use")
        put_right += [f"owner or mode differs: {line}" for line in found.drift]
        recorded = found.installed is None or self._issuer.is_recorded(self.host, found.installed.certificate)
        return Plan(None, None if recorded else "the certificate in use was not on record", tuple(put_right))

    def _trust_bundle_if_it_differs(self, found: Found) -> str:
        bundle = pem(*self._issuer.authority.trust_bundle)
        return "" if found.trust_bundle == bundle else bundle

    def _result(self, found: Found, plan: Plan, wanted: Wanted, issued: Any) -> dict[str, Any]:
        before = found.installed.certificate if found.installed else None
        after = issued or (None if plan.issue else before)
        result: dict[str, Any] = {"changed": bool(plan.reason), "generation": serial_hex(issued) if issued else found.generation}
        if plan.reason:
            result["reason"] = plan.reason
        if after:
            result.update(_certificate_facts(after))
        if plan.reason and self.diff_mode:
            result["diff"] = self._difference(
                describe_certificate(before) if before else "",
                describe_certificate(after) if after else _foretold(wanted, self._now),
                plan,
            )
        return result

    def _difference(self, before: str, after: str, plan: Plan) -> dict[str, str]:
        path = f"{self._place.directory}/{self._place.certificate}"
        return {
            "before": before + "".join(f"to put right: {text}\n" for text in plan.put_right),
            "after": after,
            "before_header": path,
            "after_header": path,
        }

    def _go_back(self) -> dict[str, Any]:
        """Back to the generation before the newest one; unchanged where the device is back there already."""
        found = self._place.look(self._device, generations=True)
        target = self._generation_before(found)
        if target is None:
            return {
                "changed": False,
                "generation": found.generation,
                **(_certificate_facts(found.installed.certificate) if found.installed else {}),
            }
        if self._now >= target.certificate.not_valid_after_utc:
            raise SiptlsError(
                f"the generation before, {target.name}, has expired",
                where=self.host,
                found=f"valid until {target.certificate.not_valid_after_utc:%F %T} UTC",
                remedy="run with state: present, which issues a new one",
            )
        if not self.check_mode:
            self._place.publish(self._device, target.name)
        result = {"changed": True, "reason": f"back from generation {found.generation}", "generation": target.name}
        result.update(_certificate_facts(target.certificate))
        if self.diff_mode:
            before = describe_certificate(found.installed.certificate) if found.installed else ""
            result["diff"] = self._difference(before, describe_certificate(target.certificate), Plan(None, None, ()))
        return result

    def _generation_before(self, found: Found) -> Generation | None:
        by_name = {generation.name: generation for generation in found.generations}
        in_use = by_name.get(found.generation or "")
        if in_use and in_use.previous in by_name:
            return by_name[in_use.previous]
        if in_use and any(generation.previous == in_use.name for generation in found.generations):
            return None
        raise SiptlsError(
            "there is no generation before the one in use",
            where=f"{self.host}, {self._place.directory}",
            found=", ".join(by_name) or "no generation at all",
            remedy="run with state: present, which issues a new one where that is due",
        )


@dataclass(frozen=True)
class _Request:
    """The arguments that do not hang on an authority, checked before any device or file is looked at."""

    arguments: dict[str, Any]

    @classmethod
    def checked(cls, arguments: dict[str, Any]) -> _Request:
        """The same arguments, once they make sense.

        :raises SiptlsError: they do not
        """
        request = cls(arguments)
        profile_named(arguments["profile"]).check(request._identity)
        valid_for, renew_before = request._durations
        if renew_before >= valid_for:
            raise SiptlsError(
                "renew_before is not shorter than valid_for, so every run would renew",
                expected=f"less than {arguments['valid_for']}",
                found=arguments["renew_before"],
            )
        return request

    def wanted(self, issuer: DirectoryIssuer) -> Wanted:
        """What is wanted of the device's certificate, when ``issuer`` issues it."""
        valid_for, renew_before = self._durations
        return Wanted(
            identity=self._identity,
            profile=profile_named(self.arguments["profile"]),
            key_type=key_type_named(self.arguments["key"]["type"]),
            valid_for=valid_for,
            renew_before=renew_before,
            issuer=issuer.authority.certificate,
            presented=issuer.authority.presented,
        )

    @property
    def _identity(self) -> Identity:
        return Identity.checked(**self.arguments["identity"])

    @property
    def _durations(self) -> tuple[Any, Any]:
        return tuple(parse_duration(self.arguments[name], name=name) for name in ("valid_for", "renew_before"))  # type: ignore[return-value]  # two of them


def _certificate_facts(certificate: Any) -> dict[str, Any]:
    return {
        "serial_number": serial_hex(certificate),
        "not_after": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }


def _foretold(wanted: Wanted, now: datetime) -> str:
    """What a certificate issued now would say of itself, as far as that is known before."""
    end = lifetime(now, wanted.valid_for, wanted.issuer).not_after
    return (
        f"subject: {wanted.identity.subject().rfc4514_string()}\n"
        f"names: {wanted.identity}\n"
        f"issuer: {wanted.issuer.subject.rfc4514_string()}\n"
        f"serial: a new one\nkey: {wanted.key_type.name}\n"
        f"not after: {end:%F %T} UTC\n"
    )
