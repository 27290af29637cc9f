# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.diagnosis: looks at one end, probes from a gateway, and ranks the causes of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ..module_utils.diagnosis import ranking, report
from ..module_utils.diagnosis.cause import Cause, Unknown
from ..module_utils.diagnosis.evidence import Evidence, Side
from ..module_utils.diagnosis.probed import MediaCall, Probed
from ..module_utils.diagnosis.reading import NOT_THERE
from ..module_utils.diagnosis.remedy import Invocation, words_of
from ..module_utils.diagnosis.rules_media import SUITES
from ..module_utils.diagnosis.unknowns import unknowns
from ..module_utils.errors import SiptlsError
from ..module_utils.files import PRIVATE, NewFile, replace_file
from ..module_utils.json_text import dump_json
from ..module_utils.probe.facts import step_facts
from ..module_utils.probe.options import RegisterOptions, checked_call, checked_options, sip_uri
from ..module_utils.probe.result import ProbeResult
from ..module_utils.sip.addresses import split_host_port
from ..module_utils.sip.syntax import MalformedError
from ..module_utils.timestamps import utc_now, write_moment
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.device import Device
from ..plugin_utils.diagnosis import Captured, capturing, hellos, intended, is_revoked, look_at, with_served
from ..plugin_utils.invocation import invocation_of
from ..plugin_utils.operation import Operation
from ..plugin_utils.probe import probe

_CONFIGURATION = {"softswitch": "/etc/vos/tls.conf", "gateway": "/etc/gateway/gateway.conf"}
_PORT = 5061
_LONGEST_CAPTURE, _MOST_PACKETS = 300, 10_000


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "kind": {"type": "str", "default": "gateway", "choices": ["gateway", "softswitch"]},
        "configuration": {"type": "str", "default": ""},
        "service": {"type": "str", "default": ""},
        "certificate": {"type": "str", "default": ""},
        "private_key": {"type": "str", "default": ""},
        "trust_bundle": {"type": "str", "default": ""},
        "crl": {"type": "str", "default": ""},
        "domains": {"type": "str", "default": ""},
        "records": {"type": "str", "default": ""},
        "registrations_command": {"type": "str", "default": ""},
        "connections_command": {"type": "str", "default": ""},
        "aor": {"type": "str", "default": ""},
        "connect": {"type": "str", "default": ""},
        "server_name": {"type": "str", "default": ""},
        "username": {"type": "str", "default": ""},
        "password": {"type": "str", "default": "", "no_log": True},
        "timeout": {"type": "str", "default": "5s"},
        "softswitch": {"type": "dict", "default": {}},
        "reload_command": {"type": "str", "default": ""},
        "settings": {"type": "dict", "default": {}},
        "sip_domains": {"type": "list", "elements": "dict", "default": []},
        "pki": {"type": "path", "default": ""},
        "bao": BAO,
        "call_to": {"type": "str", "default": ""},
        "ring": {"type": "str", "default": "10s"},
        "media_ports": {"type": "str", "default": "10000-20000"},
        "clock_tolerance": {"type": "int", "default": 300},
        "handshake_limit": {"type": "int", "default": 0},
        "capture": {
            "type": "dict",
            "default": {},
            "options": {
                "seconds": {"type": "int", "default": 0},
                "packets": {"type": "int", "default": 2000},
                "pcap": {"type": "str", "default": ""},
            },
        },
        "report": {"type": "path", "default": ""},
        "fail": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The causes, ranked. A bad state is no failure of the task unless that is asked for."""
        kind = arguments["kind"]
        is_guess = not arguments["configuration"]
        arguments["configuration"] = arguments["configuration"] or _CONFIGURATION[kind]
        device = Device(self, self.device_name)
        side = intended(look_at(device, kind, arguments), arguments)
        if is_guess and side.settings_problem == NOT_THERE:
            side = replace(
                side, settings_path="", settings_problem=""
            )  # a device of another kind; nobody said that it is there
        if kind == "softswitch":
            connect = arguments["connect"] or f"127.0.0.1:{side.settings.get('port') or _PORT}"
            side = with_served(device, side, connect, arguments["server_name"])
            return {"changed": False, "softswitch": side.facts(), "facts": {"softswitch": report.side_facts(side)}}
        return self._gateway(device, side, arguments)

    def _gateway(self, device: Device, side: Side, arguments: dict[str, Any]) -> dict[str, Any]:
        aor = sip_uri(arguments["aor"], "aor")
        if aor.user is None:
            raise SiptlsError("aor names no user", expected="sip:user@domain", found=repr(arguments["aor"]))
        connect = _connect(arguments["connect"], side, aor.host)
        port = int(connect.rpartition(":")[2])
        more: list[Unknown] = []
        capture = arguments["capture"] or {}
        seconds, packets = _bounds(capture)
        with capturing(device, port=port, seconds=seconds, packets=packets) as captured:
            found = self._probe(device, _own(arguments, side, connect), more)
            call, called = self._call(device, side, arguments, connect, found, more)
        self._existing(capture.get("pcap") or "", port, captured)
        evidence = Evidence(
            now=utc_now(),
            aor=f"sip:{aor.user}@{aor.host}",
            device=side,
            softswitch=Side.of_facts(arguments["softswitch"]) if arguments["softswitch"] else None,
            probed=Probed.of(found) if found else None,
            call=call,
            captured=captured.hellos,
            tolerance=arguments["clock_tolerance"],
            media_ports=_ports(arguments["media_ports"]),
            handshake_limit=arguments["handshake_limit"] or None,
            revoked_in_pki=self._is_revoked(side, {name: arguments[name] for name in ("pki", "bao")}),
        )
        if captured.problem:
            more.append(Unknown("what the gateway's own client offers in its handshake (capture)", captured.problem))
        causes = ranking.diagnose(evidence)
        unknown = [*unknowns(evidence), *more]
        facts = {
            "device": report.side_facts(side),
            "softswitch": report.side_facts(evidence.softswitch) if evidence.softswitch else {},
            **(_shown_steps(found) if found else {}),
            "call": called,
            "captured": [report.hello_facts(one) for one in captured.hellos],
            "refusals": report.refusal_lines(evidence.softswitch, side),
        }
        result = self._result(evidence, causes, unknown, facts)
        if arguments["report"]:
            written = {"device": self.device_name, "written": write_moment(evidence.now), **result}
            replace_file(self.controller_path(arguments["report"]), NewFile(dump_json(written), PRIVATE))
        if arguments["fail"] and causes:
            result.update(self._failure(causes[0]))
        return result

    def _is_revoked(self, side: Side, place: Mapping[str, Any]) -> bool | None:
        """What the PKI directory has about the gateway's certificate; None where there is none to ask."""
        leaf = side.own.leaf
        return is_revoked(self.register(place), leaf) if any(place.values()) and leaf else None

    @staticmethod
    def _probe(
        device: Device, options: dict[str, Any], more: list[Unknown], call: dict[str, Any] | None = None
    ) -> ProbeResult | None:
        """A probe from the gateway; None where it could not be made, which ``more`` takes.

        :param call: the options of a call; None for a REGISTER that only asks
        """
        try:
            checked = checked_options(options)
            then = checked_call({**options, **call}, checked.target.domain) if call else RegisterOptions("fetch")
            return probe(device, replace(checked, then=then))
        except SiptlsError as error:
            more.append(Unknown(f"what a connection from {device.name} comes to", str(error)))
            return None

    def _call(
        self,
        device: Device,
        side: Side,
        arguments: dict[str, Any],
        connect: str,
        found: ProbeResult | None,
        more: list[Unknown],
    ) -> tuple[MediaCall | None, dict[str, Any]]:
        """A call that offers what the gateway is told to offer; none where nothing can come of it."""
        encryption = side.settings.get("srtp_encryption") or "aes128_cm"
        if not arguments["call_to"] or found is None or not found.goes_on or encryption == "none":
            return None, {}
        keying = "dtls" if side.settings.get("srtp_auth") == "dtls" else "sdes"
        suites = list(SUITES.get(encryption, SUITES["aes128_cm"]))
        options = {
            "to": arguments["call_to"],
            "keying": keying,
            "suites": suites,
            "ring": arguments["ring"],
            "media_address": "",
            "media_port": 0,
            "expect": {},
        }
        made = self._probe(device, _own(arguments, side, connect), more, options)
        if made is None or made.calling is None:
            return None, {}
        step, facts = made.calling.agreement.step, step_facts(made)["media"]
        offered = f"{keying}: {', '.join(suites)}" if keying == "sdes" else keying
        return MediaCall(arguments["call_to"], step.state, offered, facts["status"], step.findings), facts

    def _existing(self, path: str, port: int, captured: Captured) -> None:
        """A capture that was made before, from the controller."""
        if not path:
            return
        file = self.controller_path(path)
        try:
            octets = file.read_bytes()
        except OSError as error:
            raise SiptlsError("cannot read the capture", where=str(file), found=error.strerror or str(error)) from None
        found, problem = hellos(octets, port)
        captured.hellos, captured.problem = (*captured.hellos, *found), problem

    def _result(
        self, evidence: Evidence, causes: tuple[Cause, ...], unknown: list[Unknown], facts: dict[str, Any]
    ) -> dict[str, Any]:
        invocation = self._invocation()
        return {
            "changed": False,
            "verdict": ranking.verdict_of(causes, evidence),
            "causes": report.cause_facts(causes, invocation),
            "unknown": report.unknown_facts(unknown),
            "facts": facts,
            "summary": report.summary(self.device_name, causes, unknown, invocation),
        }

    def _invocation(self) -> Invocation:
        return invocation_of(self.variables, becomes=bool(self._play_context.become))

    def _failure(self, first: Cause) -> dict[str, Any]:
        lines = [line for step in first.steps for line in words_of(step, self._invocation())]
        error = SiptlsError(
            first.cause,
            where=self.device_name,
            found="; ".join(first.evidence),
            remedy="; ".join(lines) or first.remedy,
        )
        return {"failed": True, "msg": str(error)}


def _own(arguments: dict[str, Any], side: Side, connect: str) -> dict[str, Any]:
    """What both probes are told of the device."""
    certificate, key = side.file("certificate").path, side.file("private_key").path
    both = bool(certificate and key)
    return {
        "aor": arguments["aor"],
        "connect": connect,
        "server_name": arguments["server_name"],
        "certificate": certificate if both else "",
        "private_key": key if both else "",
        "trust_bundle": side.file("trust_bundle").path,
        **{name: arguments[name] for name in ("username", "password", "timeout")},
    }


def _connect(text: str, side: Side, domain: str) -> str:
    """HOST:PORT: as the task says, else as the gateway's own configuration does, else its SIP domain."""
    register = side.settings.get("register", "").partition(";")[0]
    given = text or register.partition(":")[2].rpartition("@")[2] or domain
    try:
        host, port = split_host_port(given, "connect")
    except MalformedError as error:
        raise SiptlsError(
            "where the gateway registers is no address",
            expected="HOST:PORT",
            found=repr(given),
            remedy="correct connect or register",
        ) from error
    return f"{host}:{port or _PORT}"


def _shown_steps(found: ProbeResult) -> dict[str, Any]:
    facts = step_facts(found)
    return {name: facts[name] for name in ("tls", "options", "register")}


def _bounds(capture: dict[str, Any]) -> tuple[int, int]:
    seconds, packets = int(capture.get("seconds") or 0), int(capture.get("packets") or 2000)
    if not 0 <= seconds <= _LONGEST_CAPTURE or not 1 <= packets <= _MOST_PACKETS:
        raise SiptlsError(
            "a capture has to end", expected=f"at most {_LONGEST_CAPTURE} seconds and {_MOST_PACKETS} packets",
            found=f"{seconds} seconds, {packets} packets",
        )  # fmt: skip
    return seconds, packets


def _ports(text: str) -> tuple[int, int]:
    first, _dash, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal() and 0 < int(first) <= int(last or first) <= 65535):
        raise SiptlsError(
            "media_ports is no range of ports", expected="FIRST-LAST, such as 10000-20000", found=repr(text)
        )
    return int(first), int(last or first)
