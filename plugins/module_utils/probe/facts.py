# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe returns, in words and figures that a playbook can go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import SiptlsError
from ..findings import State
from ..pki.x509.certificates import serial_hex
from ..pki.x509.keys import describe_public_key
from ..sip.domain_identity import domain_identities, why_not_for
from ..sip.message import Response
from ..sip.registering import Binding
from ..sip.status import status_line
from ..sip.syntax import shown
from ..sip.talk import Answered
from ..timestamps import write_moment
from ..tls.chains import Path, paths_to_anchors
from ..tls.code_points import group_name, version_name
from ..tls.observation import Observation
from .media import media_facts
from .refusal import authority_names
from .result import ProbeResult, Registering
from .server_certificate import REVOCATION_UNKNOWN, usages_of
from .settings import DeviceFacts, Target
from .steps import ProbeStep, names_of

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["step_facts", "task_result", "tls_facts", "verdict_facts"]


def task_result(result: ProbeResult, *, where: str) -> dict[str, Any]:
    """All that a task returns of a probe, which has failed unless every step is ok; a refused OPTIONS is forgiven.

    :param where: the device, for the message
    """
    result = result.forgiving_options()
    facts = {"changed": result.changed, **verdict_facts(result.steps, result.notes), **step_facts(result)}
    if facts["verdict"] == State.OK.value:
        return facts
    message = SiptlsError(
        f"{facts['verdict']}: {facts['cause']}",
        where=where,
        found="; ".join(facts["evidence"]),
        remedy=facts["remedy"],
    )
    return {**facts, "failed": True, "msg": str(message)}


def step_facts(result: ProbeResult) -> dict[str, Any]:
    """What came of each step, by its name, and what the device told of itself."""
    device, leaf = result.device, result.device.own.leaf
    facts = {
        "tls": tls_facts(
            result.seen, device, result.target, result.served, step=result.tls, milliseconds=result.milliseconds
        ),
        "options": _answer(result.options, result.asked),
        "device": {
            "openssl": device.openssl,
            "clock_ahead": device.ahead,
            "key_type": describe_public_key(leaf.public_key()) if leaf else None,
        },
    }
    if result.calling:
        calling = result.calling
        return {**facts, "media": media_facts(calling.agreement, calling.called, calling.call.offered)}
    return {**facts, "register": _register(result.registering or Registering())}


def _register(found: Registering) -> dict[str, Any]:
    return {**_answer(found.step, found.answered), "bindings": [_binding(one) for one in found.bindings]}


def verdict_facts(steps: Mapping[str, ProbeStep], notes: Sequence[str]) -> dict[str, Any]:
    """Verdict, cause, evidence and remedy of the first step that is not ok, and all causes of all steps."""
    states = [step.state for step in steps.values()]
    verdict = next((one for one in (State.FAILED, State.UNKNOWN) if one in states), State.OK)
    causes = [
        {"step": name, "cause": one.cause, "evidence": list(one.evidence), "remedy": one.remedy}
        for name, step in steps.items()
        for one in step.findings
        if step.state is State.FAILED or verdict is not State.FAILED
    ]
    first = causes[0] if causes else {"cause": "", "evidence": [], "remedy": ""}
    return {
        "verdict": verdict.value,
        **{name: first[name] for name in ("cause", "evidence", "remedy")},
        "causes": causes,
        "notes": list(notes),
    }


def tls_facts(
    seen: Observation,
    device: DeviceFacts,
    target: Target,
    served: Sequence[x509.Certificate],
    *,
    step: ProbeStep,
    milliseconds: int | None,
) -> dict[str, Any]:
    """What was seen of TLS. What was not seen is None."""
    alert = seen.refusal
    return {
        "state": step.state.value,
        "connect": target.connect,
        "server_name": target.server_name,
        "milliseconds": milliseconds,
        "protocol": version_name(seen.chosen.version) if seen.chosen else None,
        "cipher": seen.suite,
        "group": seen.group,
        "chain": [_certificate(one) for one in served],
        "paths": [_path(one) for one in paths_to_anchors(served, device.anchors, now=device.now)],
        "verification": _verification(seen),
        "verification_errors": [
            {"depth": one.depth, "number": one.number, "subject": one.subject, "text": one.text}
            for one in seen.verify_errors
        ],
        "revocation": _revocation(seen, device),
        "identity": _identity(served, target),
        "client_certificate_requested": seen.asked,
        "client_certificate_presented": bool(seen.presented) if seen.presented is not None else None,
        "requested_authorities": authority_names(seen),
        "alert": {"number": alert.number, "name": alert.name, "meaning": alert.words} if alert else {},
        "client_hello": _offer(seen),
    }


def _offer(seen: Observation) -> dict[str, Any]:
    hello = seen.offered
    if hello is None:
        return {}
    return {
        "octets": hello.octets,
        "versions": [version_name(one) for one in hello.versions],
        "groups": [group_name(one) for one in hello.groups],
    }


def _verification(seen: Observation) -> str:
    if not seen.chain and not seen.verify_errors:
        return State.UNKNOWN.value
    against = [one for one in seen.verify_errors if one.number not in REVOCATION_UNKNOWN]
    if against:
        return State.FAILED.value
    return State.OK.value if seen.established else State.UNKNOWN.value


def _revocation(seen: Observation, device: DeviceFacts) -> str:
    """``revoked``, ``good`` by the list that was given, or ``unknown``."""
    if any(one.number == 23 for one in seen.verify_errors):
        return "revoked"
    if device.crl.state != "there" or _verification(seen) != State.OK.value:
        return State.UNKNOWN.value
    return State.UNKNOWN.value if any(one.number in REVOCATION_UNKNOWN for one in seen.verify_errors) else "good"


def _identity(served: Sequence[x509.Certificate], target: Target) -> dict[str, Any]:
    if not served:
        return {"domain": target.domain, "state": State.UNKNOWN.value, "identities": []}
    names = names_of(served[0])
    state = State.FAILED if why_not_for(names, target.domain) else State.OK
    return {"domain": target.domain, "state": state.value, "identities": list(domain_identities(names))}


def _certificate(one: x509.Certificate) -> dict[str, Any]:
    names = names_of(one)
    return {
        "subject": one.subject.rfc4514_string(),
        "issuer": one.issuer.rfc4514_string(),
        "serial_number": serial_hex(one),
        "names": [*(f"URI:{uri}" for uri in names.uris), *(f"DNS:{name}" for name in names.dns)],
        "usages": usages_of(one),
        "not_before": write_moment(one.not_valid_before_utc),
        "not_after": write_moment(one.not_valid_after_utc),
    }


def _path(path: Path) -> dict[str, Any]:
    return {
        "subjects": [one.subject.rfc4514_string() for one in path.certificates],
        "not_after": write_moment(path.not_after),
        "first_to_end": path.first_to_end.subject.rfc4514_string(),
    }


def _answer(step: ProbeStep, answered: Answered) -> dict[str, Any]:
    """What came of a request."""
    final: Response | None = answered.final
    challenge = answered.challenge
    return {
        "state": step.state.value,
        "status": final.status if final else None,
        "reason": status_line(final) if final else "",
        "milliseconds": answered.milliseconds if final else None,
        "digest": challenge.algorithm if challenge else "",
    }


def _binding(one: Binding) -> dict[str, Any]:
    return {"contact": shown(one.contact)[1:-1], "expires": one.expires}
