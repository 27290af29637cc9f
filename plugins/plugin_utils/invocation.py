# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the present run was given that a command for the same hosts needs as well. No secret is among it: files and prompts only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible import context

from ..module_utils.diagnosis.remedy import Invocation

__all__ = ["invocation_of"]

_VALUES = {
    "--user": "remote_user",
    "--private-key": "private_key_file",
    "--become-user": "become_user",
    "--vault-id": "vault_ids",
    "--vault-password-file": "vault_password_files",
    "--extra-vars": "extra_vars",
}


def invocation_of(variables: Mapping[str, Any], *, becomes: bool) -> Invocation:
    """The sources of the inventory, and options for users, privileges and vaults.

    :param variables: of a task; Ansible has the sources in ``ansible_inventory_sources``, absolute where they are paths
    :param becomes: whether the task runs as another user
    """
    sources = variables.get("ansible_inventory_sources") or ()
    return Invocation(tuple(map(str, sources)), tuple(_options(context.CLIARGS, becomes=becomes)))


def _options(given: Mapping[str, Any], *, becomes: bool) -> Iterator[str]:
    if becomes:
        yield "--become"
    for name in ("become_ask_pass", "ask_pass", "ask_vault_pass"):
        if given.get(name):
            yield {"become_ask_pass": "--ask-become-pass"}.get(name, f"--{name.replace('_', '-')}")
    for option, name in _VALUES.items():
        found = given.get(name) or ()
        for value in [found] if isinstance(found, str) else found:
            # Files of variables, such as those of ansible-vault; variables given as they are may be secret, and are this run's own
            if name != "extra_vars" or str(value).startswith("@"):
                yield from (option, str(value))
