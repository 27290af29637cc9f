# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenBao as an option of tasks: its argument specification, and the place of the records as roles say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils.bao.options import METHODS

__all__ = ["BAO", "with_place"]

#: Where OpenBao is, and how to log in to it.
BAO: dict[str, Any] = {
    "type": "dict",
    "options": {
        "addresses": {"type": "list", "elements": "str", "required": True},
        "ca_certificate": {"type": "path"},
        "mount": {"type": "str", "default": "pki"},
        "kv": {"type": "str"},
        "pki": {"type": "path"},
        "auth": {
            "type": "dict",
            "default": {},
            "options": {
                "method": {"type": "str", "default": "token", "choices": list(METHODS)},
                "mount": {"type": "str"},
                "role": {"type": "str"},
                "role_id": {"type": "str"},
                "secret_id": {"type": "str", "no_log": True},
                "secret_id_file": {"type": "path", "no_log": False},
                "wrapped": {"type": "bool", "default": False},
                "certificate": {"type": "path"},
                "private_key": {"type": "path", "no_log": False},
                "jwt": {"type": "str", "no_log": True},
                "jwt_file": {"type": "path"},
                "token_file": {"type": "path", "no_log": False},
            },
        },
    },
}


def with_place(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a task in which ``pki`` names the place of the records, by a path or by a dictionary with ``bao``.

    Roles hand one variable on as ``pki``, whichever it is.
    """
    found = {
        name: with_place(value) if name == "issuer" and isinstance(value, Mapping) else value
        for name, value in arguments.items()
    }
    place = found.get("pki")
    if isinstance(place, Mapping) and set(place) == {"bao"} and not found.get("bao"):
        del found["pki"]
        found["bao"] = place["bao"]
    return found
