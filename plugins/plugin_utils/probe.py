# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probes of this collection have in common: whom they connect to and as whom, and the steps TLS and OPTIONS."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.findings import State
from ..module_utils.pki.x509.keys import describe_public_key
from ..module_utils.probe import connection, facts, server_certificate, settings, steps
from ..module_utils.sip.addresses import SipUri, parse_uri, split_host_port
from ..module_utils.sip.digest import Credentials
from ..module_utils.sip.registering import ask_options
from ..module_utils.sip.requests import Client
from ..module_utils.sip.syntax import MalformedError
from ..module_utils.sip.talk import Answered, Hold
from ..module_utils.timestamps import utc_now
from ..module_utils.tls.groups import GROUPS
from ..module_utils.tls.observation import Observation
from ..module_utils.tls.openssl_version import openssl_version
from ..module_utils.tls.pem import load_der
from .answer import Answer
from .conversation import Conversation
from .device import Device
from .operation import Operation

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["PROBE", "Probe", "Run"]

_PATHS = ("certificate", "private_key", "trust_bundle", "crl")
_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
_EVERY_SUITE = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"
_MOST_TURNS = 12
# Alerts of a server that has chosen nothing: a handshake that offers everything may show why.
_NOTHING_IN_COMMON = (40, 47, 70, 71, 109)
_LONGEST_TIMEOUT = 120

#: The options of every probe.
PROBE: dict[str, Any] = {
    "aor": {"type": "str", "required": True},
    "connect": {"type": "str", "default": ""},
    "domain": {"type": "str", "default": ""},
    "server_name": {"type": "str", "default": ""},
    "trust_bundle": {"type": "str", "required": True},
    "certificate": {"type": "str", "default": ""},
    "private_key": {"type": "str", "default": ""},
    "crl": {"type": "str", "default": ""},
    "ciphers": {"type": "str", "default": ""},
    "ciphersuites": {"type": "str", "default": ""},
    "groups": {"type": "str", "default": ""},
    "min_version": {"type": "str", "default": "", "choices": ["", *_VERSIONS]},
    "max_version": {"type": "str", "default": "", "choices": ["", *_VERSIONS]},
    "username": {"type": "str", "default": ""},
    "password": {"type": "str", "default": "", "no_log": True},
    "timeout": {"type": "str", "default": "5s"},
}


@dataclass
class Run:
    """A probe that is under way.

    :ivar patience: seconds for each answer
    :ivar seen: the connection
    :ivar wide: a second one that offered all there is, where the first came to nothing for want of something in common
    :ivar served: what the server presented, as far as it can be read
    :ivar goes_on: the server has answered something, and the next step can be tried
    :ivar results: what the task returns of each step, by its name
    """

    conversation: Conversation
    client: Client
    domain: SipUri
    credentials: Credentials | None
    patience: int
    device: settings.Device | None = None
    seen: Observation = field(default_factory=Observation)
    wide: Observation | None = None
    served: tuple[x509.Certificate, ...] = ()
    goes_on: bool = False
    steps: dict[str, steps.Step] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Probe(Operation):
    """A probe. Its subclass adds options, and the steps after OPTIONS."""

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Takes the steps one after the other, up to the first that is not ok, and fails unless all are."""
        return self._result(self.take(arguments))

    def take(self, arguments: dict[str, Any]) -> Run:
        """Takes the steps one after the other, up to the first that is not ok.

        :param arguments: all of ``ARGUMENTS``, checked
        :raises SiptlsError: an option cannot be, or the device cannot do its part
        """
        patience = _seconds(arguments["timeout"], "timeout")
        aor = sip_uri(arguments["aor"], "aor")
        if aor.user is None:
            raise SiptlsError("aor names no user", expected="sip:user@domain", found=repr(arguments["aor"]))
        if bool(arguments["certificate"]) != bool(arguments["private_key"]):
            raise SiptlsError("certificate and private_key belong together", expected="both, or none of them")
        for name in _PATHS:
            if arguments[name] and not arguments[name].startswith("/"):
                raise SiptlsError(
                    f"{name} is no absolute path", expected="a path on the device", found=repr(arguments[name])
                )
        domain = _domain(arguments["domain"] or aor.host)
        target = settings.Target(_connect(arguments["connect"], domain), arguments["server_name"] or domain, domain)
        self.prepare(arguments, domain)
        parameters = {
            "connect": target.connect,
            "server_name": target.server_name,
            "suites": arguments["ciphersuites"],
            **{name: arguments[name] for name in (*_PATHS, "ciphers", "groups", "min_version", "max_version")},
        }
        where = Device(self, self.device_name)
        lifetime = 30 + _MOST_TURNS * patience + self.extra_seconds(arguments)
        with Conversation(where, parameters, lifetime=lifetime) as conversation:
            run = Run(
                conversation,
                Client.nameless(aor),
                sip_uri(f"sip:{domain}", "domain"),
                _credentials(arguments, aor),
                patience,
            )
            self._connect_and_ask(run, target, parameters, where)
            self.go_on(run, arguments)
        return run

    @abstractmethod
    def prepare(self, arguments: dict[str, Any], domain: str) -> None:
        """Checks what this probe adds, before anything is done.

        :raises SiptlsError: an option cannot be
        """

    @abstractmethod
    def extra_seconds(self, arguments: dict[str, Any]) -> int:
        """What the steps of this probe take beyond answers that come in time."""

    @abstractmethod
    def go_on(self, run: Run, arguments: dict[str, Any]) -> None:
        """The steps after OPTIONS; those that are not tried have a result too."""

    @staticmethod
    def seconds(text: str, option: str) -> int:
        """The length of a wait, in seconds.

        :raises SiptlsError: it is none, or too long
        """
        return _seconds(text, option)

    def hold(self) -> Hold:
        """Whether the connection is kept after OPTIONS."""
        return Hold.ALWAYS

    def _connect_and_ask(self, run: Run, target: settings.Target, parameters: Mapping[str, str], where: Device) -> None:
        conversation = run.conversation
        options = conversation.run(ask_options(run.client, run.domain, patience=run.patience, hold=self.hold()))
        seen = run.seen = conversation.seen
        served = run.served = tuple(one for one in map(load_der, seen.chain) if one)
        device = run.device = device_of(conversation.look, conversation.clock, parameters)
        step = steps.tls_step(seen, device, target, served, said=conversation.said, answered=options)
        if seen.refusal and seen.chosen is None and seen.refusal.number in _NOTHING_IN_COMMON:
            with Conversation(where, {**parameters, **_everything(device.openssl)}, lifetime=30 + run.patience) as wide:
                wide.run(ask_options(run.client, run.domain, patience=run.patience, hold=Hold.NEVER))
                run.wide = wide.seen
                if finding := connection.narrowed(seen, wide.seen):
                    step = steps.Step(step.state, (finding, *step.findings))
        if step.state is State.UNKNOWN:
            # Nothing of what comes next would be answered either.
            options_step = steps.Step(State.FAILED, steps.options_step(options).findings)
        else:
            options_step = steps.options_step(options) if step.state is State.OK else steps.NOT_TRIED
        run.steps = {"tls": step, "options": options_step}
        run.goes_on = step.state is State.OK and options.final is not None
        run.notes = server_certificate.notes_on(seen, device, served)
        run.results = {
            "tls": facts.tls_facts(seen, device, target, served, step=step, milliseconds=conversation.milliseconds),
            "options": facts.answer_facts(options_step, options),
            "device": {
                "openssl": device.openssl,
                "clock_ahead": device.ahead,
                "key_type": describe_public_key(device.own.leaf.public_key()) if device.own.leaf else None,
            },
        }
        run.client = _told(run.client, options)

    def _result(self, run: Run) -> dict[str, Any]:
        _forgive_options(run)
        result: dict[str, Any] = {"changed": False, **facts.verdict_facts(run.steps, run.notes), **run.results}
        if result["verdict"] != State.OK.value:
            words = f"{result['verdict']}: {result['cause']}"
            found = "; ".join(result["evidence"])
            result["failed"] = True
            result["msg"] = str(SiptlsError(words, where=self.device_name, found=found, remedy=result["remedy"]))
        return result


def _forgive_options(run: Run) -> None:
    """A server may refuse OPTIONS and take what matters."""
    refused = run.steps["options"]
    others = [step.state for name, step in run.steps.items() if name not in ("tls", "options")]
    if refused.state is State.FAILED and others and set(others) == {State.OK}:
        run.notes += [one.cause for one in refused.findings]
        run.steps["options"] = steps.Step(State.OK)
        run.results["options"]["state"] = State.OK.value


def sip_uri(text: str, option: str) -> SipUri:
    """The SIP URI that an option holds.

    :raises SiptlsError: it is none
    """
    try:
        uri = parse_uri(text, option)
    except MalformedError as error:
        raise SiptlsError(f"{option} is no SIP URI", expected="sip:user@domain", found=repr(text)) from error
    if not isinstance(uri, SipUri) or uri.password is not None or uri.headers:
        raise SiptlsError(
            f"{option} is no SIP URI", expected="sip:user@domain", found=repr(text.partition("@")[2] or text)
        )
    return uri


def _domain(text: str) -> str:
    try:
        return SipUri(text).host
    except MalformedError as error:
        raise SiptlsError(
            "domain is no SIP domain", expected="a host name, without a port", found=repr(text)
        ) from error


def _connect(text: str, domain: str) -> str:
    try:
        host, port = split_host_port(text or domain, "connect")
    except MalformedError as error:
        raise SiptlsError("connect is no address", expected="HOST:PORT", found=repr(text)) from error
    return f"{host}:{port or 5061}"


def _credentials(arguments: dict[str, Any], aor: SipUri) -> Credentials | None:
    if not arguments["password"]:
        return None
    return Credentials(arguments["username"] or aor.user or "", arguments["password"])


def _seconds(text: str, option: str) -> int:
    seconds = int(parse_duration(text, name=option).total_seconds())
    if seconds > _LONGEST_TIMEOUT:
        raise SiptlsError(f"{option} is too long", expected=f"at most {_LONGEST_TIMEOUT}s", found=repr(text))
    return seconds


def device_of(look: Answer, clock: int, parameters: Mapping[str, str]) -> settings.Device:
    """What the device told of itself."""

    def file(name: str) -> settings.DeviceFile:
        return settings.DeviceFile(parameters[name], look.value(name) or "unused", look.body(name) or "")

    return settings.Device(
        openssl=look.value("openssl") or "",
        ahead=clock,
        now=utc_now(),
        own=settings.Own(
            certificate=file("certificate"),
            private_key=file("private_key"),
            public_key=(look.body("public_key") or "").strip(),
            certificate_key=(look.body("certificate_key") or "").strip(),
            key_problem=look.value("key_problem") or "",
        ),
        trust_bundle=file("trust_bundle"),
        crl=file("crl"),
    )


def _everything(openssl: str) -> dict[str, str]:
    """All that this OpenSSL can offer."""
    version = openssl_version(openssl) or (1, 1)
    known = [
        name
        for name, least in GROUPS.items()
        if least <= version and not name.startswith(("secp", "prime", "brainpool"))
    ]
    return {
        "ciphers": "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
        "suites": _EVERY_SUITE,
        "groups": ":".join(known),
        "min_version": "TLSv1",
        "max_version": "",
    }


def _told(client: Client, options: Answered) -> Client:
    """The client with the address that the server saw it with."""
    if options.final is None:
        return client
    try:
        return client.seen_as(options.final.vias[0])
    except (MalformedError, IndexError):
        return client
