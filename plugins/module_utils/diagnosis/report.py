# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis returns, as values of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..timestamps import write_moment
from .cause import Cause, Unknown
from .evidence import HelloSeen, Side
from .reading import refusals_of
from .remedy import Invocation, step_facts, words_of

__all__ = ["cause_facts", "hello_facts", "refusal_lines", "side_facts", "summary", "unknown_facts"]


def cause_facts(causes: Sequence[Cause], invocation: Invocation) -> list[dict[str, Any]]:
    """Each with its rank, from 1 on.

    :param invocation: what the commands that mend them are to be given
    """
    return [
        {
            "rank": rank,
            "id": one.id.value,
            "cause": one.cause,
            "certainty": one.certainty.value,
            "where": one.where.value,
            "host": one.host,
            "evidence": [line for line in one.evidence if line],
            "remedy": one.remedy,
            "fix": "; ".join(_fixes(one, invocation)),
            "steps": step_facts(one.steps, invocation),
        }
        for rank, one in enumerate(causes, 1)
    ]


def _fixes(cause: Cause, invocation: Invocation) -> list[str]:
    return [line for step in cause.steps for line in words_of(step, invocation)]


def unknown_facts(unknowns: Sequence[Unknown]) -> list[dict[str, str]]:
    """Each with why."""
    return [{"what": one.what, "why": one.why} for one in unknowns]


def side_facts(side: Side) -> dict[str, Any]:
    """One end for a reader: without the texts of files and of its packet filter."""
    leaf = side.own.leaf
    return {
        "name": side.name,
        "service": {"name": side.service.name, "state": side.service.state, "user": side.service.user},
        "clock_ahead": side.clock_ahead,
        "openssl": side.openssl,
        "openssl_settings": list(side.openssl_settings),
        "addresses": list(side.addresses) if side.addresses is not None else None,
        "listening": list(side.listening) if side.listening is not None else None,
        "aes_accelerated": side.aes_accelerated,
        "settings": dict(side.settings),
        "certificate": {
            "subject": leaf.subject.rfc4514_string(),
            "not_after": write_moment(leaf.not_valid_after_utc),
        }
        if leaf
        else {},
        "files": [{"name": one.name, "path": one.path, "state": one.state, "mode": one.mode} for one in side.files],
        "registrations": None if side.registrations is None else len(side.registrations),
    }


def hello_facts(hello: HelloSeen) -> dict[str, Any]:
    """A captured handshake in words."""
    return {
        "source": hello.source,
        "client_hello": hello.client,
        "server_hello": hello.chosen,
        "server_name": hello.server_name,
        "alert": hello.alert,
        "octets": hello.octets,
    }


def refusal_lines(softswitch: Side | None, device: Side) -> list[str]:
    """The softswitch's own records of handshakes of this device that failed."""
    return list(refusals_of(softswitch.refusals, device.addresses)) if softswitch else []


def summary(host: str, causes: Sequence[Cause], unknowns: Sequence[Unknown], invocation: Invocation) -> list[str]:
    """For people: the causes with their evidence and what mends them, then what could not be known."""
    lines = []
    for rank, one in enumerate(causes, 1):
        at = f"{one.host}, " if one.host else ""
        lines.append(f"{rank}. {one.cause} ({one.certainty.value}; {at}{one.where.value})")
        lines += [f"   seen: {line}" for line in one.evidence if line]
        lines += [f"   do: {one.remedy}"] if one.remedy else []
        lines += [f"   fix: {line}" for line in _fixes(one, invocation)]
    if not causes:
        lines.append(f"nothing was found that keeps {host} from working")
    return [*lines, *(f"unknown: {one.what}: {one.why}" for one in unknowns)]
