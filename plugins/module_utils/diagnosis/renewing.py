# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which playbook gives an end a new certificate, its files as they should be, or has its service load them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cause import Where
from .evidence import Side
from .remedy import RemedyStep, by_hand, on_device, rotate, site

__all__ = ["configured", "opened", "renewed", "reset", "restarted", "rewritten"]

_NOW = {Where.DEVICE: "gateway_reload_now", Where.SOFTSWITCH: "vos_reload_now"}


def renewed(side: Side, where: Where) -> tuple[RemedyStep, ...]:
    """A new certificate that is loaded. Of a softswitch that may be down: a rotation asks it first who is registered."""
    return rotate(side.name) if where is Where.DEVICE else rewritten(side, where)


def rewritten(side: Side, where: Where, inventory: Mapping[str, Any] | None = None) -> tuple[RemedyStep, ...]:
    """All files of an end as the inventory has them, and a reload whether or not any of them changed.

    :param inventory: variables that it has to have there first
    """
    return site(side.name, extra={_NOW[where]: True}, inventory=inventory)


def configured(side: Side, key: str, variable: str, value: str) -> tuple[RemedyStep, ...]:
    """A setting of an end that should be another.

    Where the inventory has another one already, the file has only to be written again.

    :param value: that it should have; empty where only an operator knows
    """
    if side.deviates(key):
        return site(side.name, "configuration")
    if not value:
        return by_hand(f"correct {variable} of {side.name} in the inventory, then run siptls.vos.site", side.name)
    return site(side.name, "configuration", inventory={variable: value})


def reset(side: Side, where: Where) -> tuple[RemedyStep, ...]:
    """The configuration of an end as the inventory has it, loaded."""
    return site(side.name, "configuration", extra={_NOW[where]: True})


def opened(side: Side, path: str, keys: tuple[str, ...]) -> tuple[RemedyStep, ...]:
    """Settings of the system's OpenSSL made comments, and the service restarted with what is left.

    :param path: of that configuration, as the device told it
    """
    known = r"\|".join(keys)
    if not side.load or not path.startswith("/") or not all(one.isalnum() or one in "/._+-" for one in path):
        return by_hand(
            f"remove {', '.join(keys)} from OpenSSL's configuration of {side.name}, and restart its service", side.name
        )
    return on_device(side.name, rf"sed -i 's/^[[:blank:]]*\({known}\)[[:blank:]]*=/# &/' {path} && {side.load}")


def restarted(side: Side) -> tuple[RemedyStep, ...]:
    """A service that was stopped, started again; one that ends by itself is for its operator."""
    name, state = side.service.name, side.service.state
    if state == "inactive":
        return on_device(side.name, f"systemctl restart {name}")
    if state == "missing":
        return by_hand(f"install {name}, or correct its name in the inventory", side.name)
    return by_hand(f"correct what it logs (journalctl -u {name}), then systemctl restart {name}", side.name)
