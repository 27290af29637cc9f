# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.ini_value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ..module_utils.ini import ini_problem

DOCUMENTATION = r"""
name: ini_value
short_description: Refuse a value that an INI file cannot carry
version_added: 0.1.0
author: siptls.vos contributors (@siptls)
description:
  - Returns the value as text, unchanged, if every reader of INI files reads it back as it is.
  - Fails for line breaks and other control characters, blanks at either end, what would begin a comment, a quote at the
    beginning, and a backslash at the end. INI has no common way to escape these.
positional: _input
options:
  _input:
    description: The value.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Write a setting whose value comes from an inventory
  ansible.builtin.copy:
    content: |
      [tls_server]
      ciphers = {{ vos_ciphers | siptls.vos.ini_value }}
    dest: /etc/vos/tls.conf
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The same value, as text.
  type: str
"""


def ini_value(value: object) -> str:
    """``value`` as text.

    :raises AnsibleFilterError: readers of INI files would not read it back
    """
    text = str(value)
    if problem := ini_problem(text):
        raise AnsibleFilterError(f"{text!r} cannot be a value in an INI file: it {problem}")
    return text


class FilterModule:
    """Filters for INI files."""

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """By name."""
        return {"ini_value": ini_value}
