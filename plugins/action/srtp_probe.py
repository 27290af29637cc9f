# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.srtp_probe: a call with the identity of a device, to see which encryption of media is agreed on."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.probe import media, steps
from ..module_utils.sip.addresses import SipUri, check_host
from ..module_utils.sip.calling import Called, call
from ..module_utils.sip.dtls import Fingerprint
from ..module_utils.sip.offer import Expected, make_offer
from ..module_utils.sip.offer_answer import Keying
from ..module_utils.sip.srtp import SUITES, Suite, suite_named
from ..module_utils.sip.syntax import MalformedError
from ..plugin_utils.probe import PROBE, Probe, Run, sip_uri

try:
    from cryptography.hazmat.primitives import hashes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

_KEYINGS = {"sdes": Keying.SDES, "dtls": Keying.DTLS, "none": Keying.NONE}
_DEFAULT_SUITES = ["AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80"]
_PORTS = range(10000, 20000, 2)
_NOBODY = "192.0.2.1"  # RFC 5737


class ActionModule(Probe):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        **PROBE,
        "to": {"type": "str", "required": True},
        "keying": {"type": "str", "default": "sdes", "choices": list(_KEYINGS)},
        "suites": {"type": "list", "elements": "str", "default": _DEFAULT_SUITES},
        "ring": {"type": "str", "default": "10s"},
        "media_address": {"type": "str", "default": ""},
        "media_port": {"type": "int", "default": 0},
        "expect": {
            "type": "dict",
            "default": {},
            "options": {
                "keying": {"type": "str", "choices": ["sdes", "dtls"]},
                "suites": {"type": "list", "elements": "str", "default": []},
            },
        },
    }

    def prepare(self, arguments: dict[str, Any], domain: str) -> None:
        """Checks the offer and the expectation.

        :raises SiptlsError: one of them cannot be
        """
        to = arguments["to"]
        self._callee: SipUri = sip_uri(to if ":" in to else f"sip:{to}@{domain}", "to")
        self._ring = self.seconds(arguments["ring"], "ring")
        self._keying = _KEYINGS[arguments["keying"]]
        self._suites = _suites(arguments["suites"], "suites")
        expect = arguments["expect"] or {}
        keying = expect.get("keying")
        self._expected = Expected(
            _KEYINGS[keying] if keying else None, _suites(expect.get("suites") or [], "expect.suites")
        )
        if self._keying is Keying.SDES and not self._suites:
            raise SiptlsError("suites is empty", expected="at least one suite, for keying sdes")
        if self._keying is Keying.DTLS and not arguments["certificate"]:
            raise SiptlsError(
                "keying dtls needs a certificate, whose fingerprint is offered",
                remedy="name certificate and private_key",
            )
        if not 0 <= arguments["media_port"] <= 65535:
            raise SiptlsError("media_port is no port", expected="0 to 65535", found=str(arguments["media_port"]))
        if address := arguments["media_address"]:
            try:
                check_host(f"[{address}]" if ":" in address else address, "media_address")
            except MalformedError:
                raise SiptlsError("media_address is no address", expected="IPv4 or IPv6", found=repr(address)) from None

    def extra_seconds(self, arguments: dict[str, Any]) -> int:
        """As long as it may ring, and again after a challenge."""
        return 3 * self._ring

    def go_on(self, run: Run, arguments: dict[str, Any]) -> None:
        """The call."""
        called, agreement = Called(), media.Agreement(steps.NOT_TRIED)
        offered = {
            "keying": arguments["keying"],
            "suites": [one.name for one in self._suites] if self._keying is Keying.SDES else [],
        }
        if run.goes_on:
            offer = make_offer(
                self._keying,
                suites=self._suites,
                fingerprint=_fingerprint(run) if self._keying is Keying.DTLS else None,
                address=arguments["media_address"] or _address(run),
                port=arguments["media_port"] or secrets.choice(_PORTS),
            )
            called = run.conversation.run(
                call(run.client, self._callee, offer.render(), run.credentials, ring=self._ring, patience=run.patience)
            )
            agreement = media.agree(offer, self._keying, called, self._expected)
        run.steps["media"] = agreement.step
        run.results["media"] = media.media_facts(agreement, called, offered)
        run.notes += (*called.notes, *agreement.notes)
        if called.early:
            run.notes.append("nobody took the call in time: what was agreed is of an early answer")
        if called.hung_up.startswith("not hung up"):
            run.notes.append(f"the call was {called.hung_up}; the other side ends it when it hears nothing")


def _suites(names: list[str], option: str) -> tuple[Suite, ...]:
    found = []
    for name in names:
        suite = suite_named(name)
        if suite is None:
            raise SiptlsError(
                f"{option} holds a suite that is not known",
                expected="one of " + ", ".join(one.name for one in SUITES),
                found=repr(name),
            )
        found.append(suite)
    return tuple(dict.fromkeys(found))


def _fingerprint(run: Run) -> Fingerprint | None:
    leaf = run.device.own.leaf if run.device else None
    return Fingerprint("sha-256", leaf.fingerprint(hashes.SHA256())) if leaf else None


def _address(run: Run) -> str:
    """Where the server sees the device; an address of nobody where it does not tell."""
    host = run.client.contact.host
    return _NOBODY if host.endswith(".invalid") else host.strip("[]")
