# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remedies as data: a playbook, a command on a device, or work by hand; and how an operator pastes each of them into a shell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = [
    "Invocation",
    "Means",
    "RemedyStep",
    "allowlist",
    "by_hand",
    "on_device",
    "rotate",
    "site",
    "step_facts",
    "words_of",
]

_SIMPLE = re.compile(r"[A-Za-z0-9_.:/@,+-]+")
#: What ansible would take for a template in the arguments of a module
_TEMPLATE = ("{{", "{%", "{#")
#: What a shell alone understands (POSIX.1-2017, Shell Command Language, section 2.2)
_SHELL = "|&;<>()$`*?[#~="


class Means(Enum):
    """How a step is taken."""

    PLAYBOOK = "playbook"
    COMMAND = "command"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class RemedyStep:
    """One step of a remedy.

    :ivar host: what it is about, by its name in the inventory; empty where that is not known
    :ivar playbook: by its name in the collection
    :ivar tags: of the playbook; none for all
    :ivar extra: variables for that run alone
    :ivar inventory: variables that the host has to have in the inventory first
    :ivar command: for the shell of the host, as root
    :ivar words: what is to be done by hand
    """

    means: Means
    host: str = ""
    playbook: str = ""
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    inventory: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    words: str = ""


@dataclass(frozen=True)
class Invocation:
    """What the run of the diagnosis was given that the commands of a remedy need as well.

    :ivar inventories: its sources, as ``-i`` takes them
    :ivar options: further options of ``ansible`` and ``ansible-playbook``
    """

    inventories: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def arguments(self, step: RemedyStep) -> list[str]:
        """The words of the command on the controller; none for what is done by hand."""
        sources = [word for one in self.inventories for word in ("-i", one)]
        if step.means is Means.PLAYBOOK:
            return [
                "ansible-playbook",
                *sources,
                *self.options,
                step.playbook,
                *(["--limit", step.host] if step.host else []),
                *(["--tags", ",".join(step.tags)] if step.tags else []),
                *(word for name, value in step.extra.items() for word in ("-e", _extra(name, value))),
            ]
        if step.means is Means.COMMAND:
            return [
                "ansible",
                *sources,
                *self.options,
                step.host,
                "-m",
                "ansible.builtin.raw",
                "-a",
                _raw(step.command),
            ]
        return []


def _raw(command: str) -> str:
    """A command in the words of ansible.builtin.raw. Connections to containers bring no shell, so one is named where it is needed."""
    return f"executable=/bin/sh {command}" if any(mark in command for mark in _SHELL) else command


def rotate(host: str) -> tuple[RemedyStep, ...]:
    """A new certificate, loaded and proven, for a host whose certificate is due or unusable."""
    return (RemedyStep(Means.PLAYBOOK, host, "siptls.vos.rotate"),)


def site(
    host: str,
    *tags: str,
    extra: Mapping[str, Any] | None = None,
    inventory: Mapping[str, Any] | None = None,
) -> tuple[RemedyStep, ...]:
    """A host as the inventory has it."""
    return (RemedyStep(Means.PLAYBOOK, host, "siptls.vos.site", tags, extra or {}, inventory or {}),)


def allowlist(
    host: str, *, inventory_of: str = "", inventory: Mapping[str, Any] | None = None
) -> tuple[RemedyStep, ...]:
    """The allowlist of a softswitch, made anew.

    :param inventory_of: the host whose variables come first, where that is not the softswitch
    """
    run = RemedyStep(Means.PLAYBOOK, host, "siptls.vos.allowlist")
    if not inventory:
        return (run,)
    return (RemedyStep(Means.BY_HAND, inventory_of or host, inventory=inventory), run)


def on_device(host: str, command: str) -> tuple[RemedyStep, ...]:
    """A command for the shell of a host; by hand where ansible would read it as a template."""
    if not host or any(mark in command for mark in _TEMPLATE) or not command.isprintable():
        return by_hand(f"run on {host or 'the host'}: {command}", host)
    return (RemedyStep(Means.COMMAND, host, command=command),)


def by_hand(words: str, host: str = "") -> tuple[RemedyStep, ...]:
    """What no command of this collection can do."""
    return (RemedyStep(Means.BY_HAND, host, words=words),)


def words_of(step: RemedyStep, invocation: Invocation | None = None) -> list[str]:
    """A step for a reader, a line each: what to set in the inventory, then the command."""
    lines = []
    if step.inventory:
        settings = ", ".join(f"{name}: {_value(value)}" for name, value in step.inventory.items())
        lines.append(f"set {settings} for {step.host} in the inventory")
    arguments = (invocation or Invocation()).arguments(step)
    if arguments:
        lines.append(shlex.join(arguments))
    elif step.words:
        lines.append(f"by hand: {step.words}")
    return lines


def step_facts(steps: Sequence[RemedyStep], invocation: Invocation) -> list[dict[str, Any]]:
    """The steps as values of JSON, for programs."""
    return [
        {
            "means": one.means.value,
            "host": one.host,
            "playbook": one.playbook,
            "tags": list(one.tags),
            "extra_variables": dict(one.extra),
            "inventory": dict(one.inventory),
            "command": one.command,
            "words": one.words,
            "arguments": invocation.arguments(one),
        }
        for one in steps
    ]


def _extra(name: str, value: Any) -> str:
    text = _value(value)
    return f"{name}={text}" if _SIMPLE.fullmatch(text) else json.dumps({name: value})


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
