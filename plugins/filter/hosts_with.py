# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.hosts_with."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: hosts_with
short_description: Select hosts by what is recorded of them
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Returns the names of those hosts that have a certain value in a fact or registered result, for C(hosts) of a play.
  - A play for these hosts costs nothing for the others, while a task with C(when) costs a process for each host that it skips.
positional: _input, hostvars, fact, key, value
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: C(hostvars), or C(hostvars | default({})) where there may be none, as with C(--syntax-check).
    type: dict
    required: true
  fact:
    description: Name of the fact, registered result or variable. A host without it is left out.
    type: str
    required: true
  key:
    description: The key in it that counts. Where it is left out, a value that is neither empty nor false will do.
    type: str
    default: ""
  value:
    description: The value that the hosts are to have there. Where it is left out, the name of the host has to be in what is there.
    type: raw
"""

EXAMPLES = r"""
- name: Reload the gateways that are due
  hosts: "{{ groups['gateways'] | siptls.vos.hosts_with(hostvars | default({}), 'state', 'due', true) or 'all:!all' }}"
  gather_facts: false
  tasks: []
"""

RETURN = r"""
_value:
  description: The names of the hosts, in their order.
  type: list
  elements: str
"""

_NAMED = object()


def hosts_with(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], fact: str, key: str = "", value: Any = _NAMED
) -> list[str]:
    """Those hosts whose fact has this value at this key; without a value, those whose name is in what is there.

    :param key: empty for all hosts where the fact is neither empty nor false
    """
    found = []
    for host in hosts:
        noted = hostvars[host].get(fact) if host in hostvars else None
        if not key:
            found += [host] if noted else []
            continue
        if not isinstance(noted, Mapping) or key not in noted:
            continue
        there = noted[key]
        if there == value or (value is _NAMED and isinstance(there, Container) and host in there):
            found.append(host)
    return found


class FilterModule:
    """A filter about hosts."""

    def filters(self) -> Mapping[str, Callable[..., list[str]]]:
        """By name."""
        return {"hosts_with": hosts_with}
