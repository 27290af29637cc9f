# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.verification: the status of one device, all of it, now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.findings import Finding
from ..module_utils.fleet.device import DeviceEntry
from ..module_utils.pki.register import Register
from ..module_utils.pki.survey.survey import Found, Survey
from ..module_utils.pki.x509.identity import Identity, identity_of
from ..module_utils.probe.options import RegisterOptions, checked_options, checked_seconds, sip_uri
from ..module_utils.sip.aor import normal_aor
from ..module_utils.sip.registrations import Registration, normal_serial
from ..module_utils.timestamps import utc_now
from ..module_utils.verification.device_entry import Told, entry_of
from ..module_utils.verification.lists import WantedList
from ..module_utils.verification.registration import Holder
from ..module_utils.verification.second_certificate import Second
from ..module_utils.verification.settings import Observed, OwnConnection, Wanted
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.device import Device
from ..plugin_utils.operation import IDENTITY, ROOT_FINGERPRINTS, Operation
from ..plugin_utils.probe import probe
from ..plugin_utils.verification import look

_PATHS = ("certificate", "private_key", "trust_bundle", "crl")
_FILES = _PATHS[:3]
_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "kind": {"type": "str", "required": True, "choices": ["gateway", "softswitch"]},
        "pki": {"type": "path"},
        "bao": BAO,
        "root_fingerprints": ROOT_FINGERPRINTS,
        "authority": {"type": "str", "required": True},
        "trusts": {"type": "list", "elements": "str", "default": []},
        "lists": {"type": "list", "elements": "str", "default": []},
        "identity": IDENTITY,
        "aor": {"type": "str", "default": ""},
        "softswitch": {"type": "str", "default": ""},
        "certificate": {"type": "str", "required": True},
        "private_key": {"type": "str", "required": True, "no_log": False},
        "trust_bundle": {"type": "str", "required": True},
        "crl": {"type": "str", "default": ""},
        "owner": {"type": "str", "default": ""},
        "group": {"type": "str", "default": ""},
        "second_certificate": {
            "type": "dict",
            "options": {
                "record_as": {"type": "str", "required": True},
                "authority": {"type": "str", "required": True},
                "trusts": {"type": "list", "elements": "str", "default": []},
                "identity": IDENTITY,
                "certificate": {"type": "str", "required": True},
                "private_key": {"type": "str", "required": True, "no_log": False},
                "trust_bundle": {"type": "str", "required": True},
                "server_name": {"type": "str", "required": True},
            },
        },
        "renew_before": {"type": "str", "default": "30d"},
        "anchors_renew_before": {"type": "str", "default": "90d"},
        "lists_renew_before": {"type": "str", "default": "2d"},
        "clock_tolerance": {"type": "int", "default": 300},
        "probe": {"type": "bool", "default": True},
        "connect": {"type": "str", "default": ""},
        "domain": {"type": "str", "default": ""},
        "server_name": {"type": "str", "default": ""},
        "timeout": {"type": "str", "default": "5s"},
        "expect_tls": {
            "type": "dict",
            "default": {},
            "options": {
                "min_version": {"type": "str", "default": "TLSv1.2", "choices": _VERSIONS},
                "groups": {"type": "list", "elements": "str", "default": []},
            },
        },
        "registrations": {"type": "list", "elements": "dict"},
        "connections_command": {"type": "str", "default": ""},
        "verify_mode": {"type": "str", "default": ""},
        "srtp": {
            "type": "dict",
            "options": {
                "required": {"type": "bool"},
                "keying": {"type": "str", "choices": ["sdes", "dtls"]},
                "suite": {"type": "str"},
            },
        },
        "configuration": {"type": "dict"},
        "call": {"type": "dict"},
        "rotation_needs": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "code": {"type": "str", "required": True},
                "cause": {"type": "str", "required": True},
                "remedy": {"type": "str", "required": True},
            },
        },
    }
    RULES: ClassVar[dict[str, Any]] = {
        "required_if": [("kind", "gateway", ["aor"])],
        "mutually_exclusive": [["pki", "bao"]],
        "required_one_of": [["pki", "bao"]],
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device, connects as the device, asks the PKI directory, and returns the status."""
        self._arguments = arguments
        wanted = self._wanted()
        wanted_second = self._wanted_second(wanted)
        registrations = self._registrations()
        survey = Survey(self._register, renew_before=wanted.renew_before, now=utc_now(), verify=True)
        lists = [self._list(name) for name in arguments["lists"]]
        command = arguments["connections_command"] if wanted.kind == "softswitch" else ""
        try:
            seen = self._look(arguments, command)
            seen_second = self._look({**arguments["second_certificate"], "crl": ""}) if wanted_second else None
        except SiptlsError as error:
            softswitch = arguments["softswitch"] or None
            lost = DeviceEntry.unreachable(self.device_name, wanted.kind, softswitch, str(error))
            return {"changed": False, "device": lost.as_dict()}
        told = Told(
            found=_found(survey, seen, wanted),
            holder_of=_Holders(survey),
            second=self._second(wanted_second, seen_second, survey) if wanted_second and seen_second else None,
            lists=lists,
            lacks=tuple(Finding(one["cause"], (), one["remedy"]) for one in arguments["rotation_needs"]),
            **{name: arguments[name] for name in ("configuration", "call", "srtp", "softswitch", "verify_mode")},
        )
        probed = replace(self._connect(wanted, seen), registrations=registrations)
        entry = entry_of(wanted, seen, probed, told)
        return {"changed": False, "device": entry.as_dict()}

    def _look(self, paths: Mapping[str, Any], connections_command: str = "") -> Observed:
        """What the device shows of the files at these paths."""
        numeric = any(self._arguments[name].isdecimal() for name in ("owner", "group"))
        named = {name: paths[name] for name in _PATHS}
        return look(Device(self, self.device_name), named, numeric=numeric, connections_command=connections_command)

    @cached_property
    def _register(self) -> Register:
        return self.register(self._arguments)

    def _wanted(self) -> Wanted:
        arguments, expected = self._arguments, self._arguments["expect_tls"]
        second = arguments["second_certificate"] or {}
        paths = {name: arguments[name] for name in _PATHS}
        paths |= {f"second_certificate.{name}": second[name] for name in _FILES if second}
        for name, path in paths.items():
            if path and not path.startswith("/"):
                raise SiptlsError(f"{name} is no absolute path", expected="a path on the device", found=repr(path))
        if second and arguments["kind"] != "softswitch":
            raise SiptlsError(
                "a gateway has no second certificate",
                expected="second_certificate for kind: softswitch alone",
                found=f"kind: {arguments['kind']}",
            )
        if arguments["aor"] and sip_uri(arguments["aor"], "aor").user is None:
            raise SiptlsError("aor names no user", expected="sip:user@domain", found=repr(arguments["aor"]))
        checked_seconds(arguments["timeout"], "timeout")
        return Wanted(
            device=self.device_name,
            kind=arguments["kind"],
            identity=Identity.checked(**arguments["identity"]),
            aor=arguments["aor"],
            owner=arguments["owner"],
            group=arguments["group"],
            anchors=self._register.anchors([arguments["authority"], *arguments["trusts"]]),
            clock_tolerance=arguments["clock_tolerance"],
            min_version=expected.get("min_version") or "TLSv1.2",
            groups=tuple(expected.get("groups") or ()),
            **{
                name: parse_duration(arguments[name], name=name)
                for name in ("renew_before", "anchors_renew_before", "lists_renew_before")
            },
        )

    def _wanted_second(self, first: Wanted) -> Wanted | None:
        """What the second certificate is to be; None where there is to be none."""
        options = self._arguments["second_certificate"]
        if not options:
            return None
        return replace(
            first,
            device=options["record_as"],
            identity=Identity.checked(**options["identity"]),
            anchors=self._register.anchors([options["authority"], *options["trusts"]]),
        )

    def _second(self, wanted: Wanted, seen: Observed, survey: Survey) -> Second:
        """The second certificate, held against what is wanted of it, with what a connection for its name shows."""
        options = self._arguments["second_certificate"]
        probed = self._connect(wanted, seen, {name: options[name] for name in (*_FILES, "server_name")})
        return Second(wanted, seen, probed, _found(survey, seen, wanted))

    def _list(self, name: str) -> WantedList:
        revoked = frozenset(one.serial for one in self._register.revocations(name))
        return WantedList(name, self._register.authority(name).certificate, revoked)

    def _registrations(self) -> tuple[Registration, ...] | None:
        given = self._arguments["registrations"]
        if given is None:
            return None
        try:
            return tuple(
                Registration(normal_aor(one["aor"]), normal_serial(one.get("serial_number") or ""), one.get("seconds"))
                for one in given
            )
        except (KeyError, ValueError) as error:
            raise SiptlsError(
                "registrations holds what is none",
                expected="what siptls.vos.registrations returned as registrations",
                found=repr(str(error)),
            ) from None

    def _connect(self, wanted: Wanted, seen: Observed, instead: Mapping[str, str] | None = None) -> OwnConnection:
        """What a connection as the device shows, or why there is none; nothing of either where none is wanted.

        :param instead: options of the connection that are others than those of the task
        """
        if not self._arguments["probe"]:
            return OwnConnection()
        if not seen.openssl:
            return OwnConnection(problem="there is no openssl on the device, so no connection could be made")
        is_gateway = wanted.kind == "gateway"
        # A revocation list is for those who are called; and no device is to depend on one that ran out
        asked = {name: self._arguments[name] for name in ("connect", "domain", "server_name", "timeout", *_FILES)}
        asked |= {**(instead or {}), "aor": wanted.aor or self._own_aor(wanted)}
        if not is_gateway and not asked["domain"]:
            asked["domain"] = self._own_domain(wanted)
        try:
            options = replace(checked_options(asked), then=RegisterOptions("fetch" if is_gateway else "none"))
            return OwnConnection(probe(Device(self, self.device_name), options))
        except SiptlsError as error:
            return OwnConnection(problem=f"no connection could be made: {error}")

    @staticmethod
    def _own_domain(wanted: Wanted) -> str:
        """The SIP domain that a softswitch's certificate is for."""
        domains = [uri.partition(":")[2] for uri in wanted.identity.sip_uris if "@" not in uri]
        return next(iter(domains), "") or next(iter(wanted.identity.dns), "")

    def _own_aor(self, wanted: Wanted) -> str:
        """Whom a softswitch speaks as when it asks itself."""
        return f"sip:{wanted.identity.common_name}@{self._arguments['domain'] or self._own_domain(wanted)}"


def _found(survey: Survey, seen: Observed, wanted: Wanted) -> Found | None:
    """How the PKI directory sees a certificate; None where it cannot be read."""
    return survey.look_up(seen.leaf, first=wanted.device) if seen.leaf else None


class _Holders:
    """Who got a certificate, by its serial number; the PKI directory is read where it comes to that."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey

    @cached_property
    def _by_serial(self) -> dict[str, str]:
        return self._survey.holders()

    def __call__(self, serial: str) -> Holder | None:
        device = self._by_serial.get(serial)
        if device is None:
            return None
        found = self._survey.recorded(device, serial)
        if found.record is None:
            return Holder(device, ())
        revoked = found.revoked or (found.issuer.above.revoked if found.issuer else None)
        uris = identity_of(found.record.certificate).sip_uris
        return Holder(device, tuple(uri for uri in uris if "@" in uri), revoked.words if revoked else "")
