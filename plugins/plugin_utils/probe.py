# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe: a device connects with its own identity, by TLS, asks OPTIONS, and registers or calls."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from ..module_utils.findings import State
from ..module_utils.probe import connection, media, server_certificate, settings, steps
from ..module_utils.probe.options import Call, ProbeOptions, RegisterOptions
from ..module_utils.probe.result import Calling, ProbeResult, Registering
from ..module_utils.sip.addresses import SipUri
from ..module_utils.sip.calling import call
from ..module_utils.sip.dtls import Fingerprint
from ..module_utils.sip.offer import make_offer
from ..module_utils.sip.offer_answer import Keying
from ..module_utils.sip.registering import ask_options, fetch_bindings, register_and_remove, unreadable_bindings
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

try:
    from cryptography.hazmat.primitives import hashes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["probe"]

_EVERY_SUITE = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"
_MOST_TURNS = 12
_SECONDS_AROUND = 30
# Alerts of a server that has chosen nothing: a handshake that offers everything may show why.
_NOTHING_IN_COMMON = (40, 47, 70, 71, 109)
_EXPIRES = 60
_PORTS = range(10000, 20000, 2)
_NOBODY = "192.0.2.1"  # RFC 5737


def probe(device: Device, options: ProbeOptions) -> ProbeResult:
    """Takes the steps one after the other, up to the first that is not ok: TLS, OPTIONS, and what ``options.then`` says.

    :raises SiptlsError: the device cannot do its part
    """
    lifetime = _SECONDS_AROUND + _MOST_TURNS * options.patience + options.extra_seconds
    client = Client.nameless(options.aor)
    with Conversation(device, options.parameters, lifetime=lifetime) as conversation:
        result = _connect_and_ask(conversation, device, options, client)
        client = _told(client, result.asked)
        result = replace(result, seen_from=client.seen_address)
        if isinstance(options.then, Call):
            return _with_call(result, conversation, options, options.then, client)
        if options.then.kind == "none":
            return result
        return _with_register(result, conversation, options, options.then, client)


def _connect_and_ask(conversation: Conversation, device: Device, options: ProbeOptions, client: Client) -> ProbeResult:
    """TLS and OPTIONS."""
    target, domain = options.target, _domain(options)
    asked = conversation.run(ask_options(client, domain, patience=options.patience, hold=_hold(options)))
    seen = conversation.seen
    served = tuple(one for one in map(load_der, seen.chain) if one)
    shown = _shown(conversation.look, conversation.clock, options.parameters)
    step = steps.tls_step(seen, shown, target, served, said=conversation.said, answered=asked)
    wide = None
    if seen.refusal and seen.chosen is None and seen.refusal.number in _NOTHING_IN_COMMON:
        wide = _offer_everything(device, options, client, shown.openssl)
        if finding := connection.narrowed(seen, wide):
            step = steps.ProbeStep(step.state, (finding, *step.findings))
    if step.state is State.UNKNOWN:
        # Nothing of what comes next would be answered either.
        options_step = steps.ProbeStep(State.FAILED, steps.options_step(asked).findings)
    else:
        options_step = steps.options_step(asked) if step.state is State.OK else steps.NOT_TRIED
    return ProbeResult(
        target=target,
        device=shown,
        seen=seen,
        tls=step,
        options=options_step,
        asked=asked,
        served=served,
        wide=wide,
        milliseconds=conversation.milliseconds,
        notes=tuple(server_certificate.notes_on(seen, shown, served)),
    )


def _domain(options: ProbeOptions) -> SipUri:
    return SipUri(options.target.domain)


def _hold(options: ProbeOptions) -> Hold:
    """The connection is kept after OPTIONS, unless nothing follows."""
    return Hold.NEVER if options.then == RegisterOptions("none") else Hold.ALWAYS


def _offer_everything(device: Device, options: ProbeOptions, client: Client, openssl: str) -> Observation:
    """A second connection, which offers all that this OpenSSL can."""
    parameters = {**options.parameters, **_everything(openssl)}
    with Conversation(device, parameters, lifetime=_SECONDS_AROUND + options.patience) as conversation:
        conversation.run(ask_options(client, _domain(options), patience=options.patience, hold=Hold.NEVER))
        return conversation.seen


def _with_register(
    result: ProbeResult, conversation: Conversation, options: ProbeOptions, register: RegisterOptions, client: Client
) -> ProbeResult:
    """REGISTER, of one kind or the other."""
    if not result.goes_on:
        return replace(result, registering=Registering())
    domain, credentials, patience = _domain(options), options.credentials, options.patience
    if register.kind == "fetch":
        answered = conversation.run(fetch_bindings(client, domain, credentials, patience=patience))
        step, changed = steps.register_step(answered), False
    else:
        done = conversation.run(register_and_remove(client, domain, credentials, expires=_EXPIRES, patience=patience))
        answered, step = done.made, steps.removal_step(done)
        changed = answered.final is not None and answered.final.status < 300
    return replace(
        result,
        registering=Registering(step, answered),
        changed=changed,
        notes=(*result.notes, *_notes_on_register(answered)),
    )


def _notes_on_register(answered: Answered) -> list[str]:
    notes = []
    unreadable = unreadable_bindings(answered.final) if answered.final else 0
    if unreadable:
        notes.append(f"the registrar lists {unreadable} Contacts that cannot be read; the others are in bindings")
    if answered.challenge and answered.challenge.hash_name == "md5":
        notes.append("the password is proven by MD5, which RFC 8760 replaces: have the registrar offer SHA-256")
    return notes


def _with_call(
    result: ProbeResult, conversation: Conversation, options: ProbeOptions, wanted: Call, client: Client
) -> ProbeResult:
    """The call."""
    if not result.goes_on:
        return replace(result, calling=Calling(wanted))
    offer = make_offer(
        wanted.keying,
        suites=wanted.suites,
        fingerprint=_fingerprint(result.device) if wanted.keying is Keying.DTLS else None,
        address=wanted.media_address or result.seen_from or _NOBODY,
        port=wanted.media_port or secrets.choice(_PORTS),
    )
    called = conversation.run(
        call(
            client,
            wanted.callee,
            offer.render(),
            options.credentials,
            ring=wanted.ring,
            patience=options.patience,
        )
    )
    agreement = media.agree(offer, wanted.keying, called, wanted.expected)
    notes = [*result.notes, *called.notes, *agreement.notes]
    if called.early:
        notes.append("nobody took the call in time: what was agreed is of an early answer")
    if called.left_open:
        notes.append(f"the call was {called.hung_up}; the other side ends it when it hears nothing")
    return replace(result, calling=Calling(wanted, agreement, called), notes=tuple(notes))


def _fingerprint(device: settings.DeviceFacts) -> Fingerprint | None:
    leaf = device.own.leaf
    return Fingerprint("sha-256", leaf.fingerprint(hashes.SHA256())) if leaf else None


def _shown(look: Answer, clock: int, parameters: Mapping[str, str]) -> settings.DeviceFacts:
    """What the device told of itself."""

    def file(name: str) -> settings.DeviceFile:
        return settings.DeviceFile(parameters[name], look.value(name) or "unused", look.body(name) or "")

    return settings.DeviceFacts(
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


def _told(client: Client, asked: Answered) -> Client:
    """The client with the address that the server saw it with."""
    if asked.final is None:
        return client
    try:
        return client.seen_as(asked.final.vias[0])
    except (MalformedError, IndexError):
        return client
