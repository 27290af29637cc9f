# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach a softswitch: the addresses of its gateways, and some more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import SiptlsError
from .addresses import EXPECTED, Network, Networks, merged, network

__all__ = ["allowed"]

_REMEDY = (
    "set gateway_address to the address that its packets have when they reach the softswitch, or a list of them; "
    "to [] where it is not to be let in by itself"
)
_MOST_SHOWN = 20


def allowed(
    gateways: Iterable[tuple[str, Mapping[str, Any]]], more: Iterable[object] = (), *, everyone: bool = False
) -> Networks:
    """The networks that are let in.

    :param gateways: of each its name and its variables. Its addresses are ``gateway_address``, one or a list; without that
        ``ansible_host``; without that its name
    :param more: addresses and networks besides
    :param everyone: whether that may be all addresses that there are
    :raises SiptlsError: a gateway has no address; something is none; the list would hold nobody, or everybody
    """
    found: list[Network] = []
    problems: list[str] = []
    for name, variables in gateways:
        try:
            found += _of_gateway(variables, name)
        except SiptlsError as error:
            problems.append(f"{name}: {error}")
    for each in more:
        try:
            found.append(_given(each, "allowlist_addresses"))
        except SiptlsError as error:
            problems.append(str(error))
    if problems:
        raise SiptlsError(_all_of(problems))
    result = merged(found)
    if not list(result):
        raise SiptlsError(
            "the allow-list is empty, so the softswitch would hear nobody",
            expected="gateways in the group allowlist_group, or allowlist_addresses",
            remedy="correct the inventory, or take the filter off with allowlist_state: absent",
        )
    if result.are_everyone and not everyone:
        whole = " and ".join(str(each) for each in result if each.prefixlen == 0)
        raise SiptlsError(
            "the allow-list holds every address of a family, so it is none",
            expected="addresses and networks of gateways",
            found=f"{whole}, {'as it was given' if any(not each.prefixlen for each in found) else 'of the parts that were given'}",
            remedy="name the networks; if that is what you want, set allowlist_allow_everyone: true",
        )
    return result


def _of_gateway(variables: Mapping[str, Any], name: str) -> list[Network]:
    given = variables.get("gateway_address")
    if given is not None:
        values = given if isinstance(given, (list, tuple)) else [given]
        return [_given(each, "gateway_address") for each in values]
    host = variables.get("ansible_host") or name
    try:
        return [network(str(host))]
    except SiptlsError:
        raise SiptlsError(
            "it has no gateway_address, and what the controller calls it is no address that packets come from",
            expected=EXPECTED,
            found=repr(str(host)),
            remedy=_REMEDY,
        ) from None


def _given(value: object, variable: str) -> Network:
    try:
        return network(value)
    except SiptlsError as error:
        raise SiptlsError(
            f"{variable} holds what is no address",
            expected=error.expected,
            found=error.found,
            remedy=error.remedy or "correct it; names are not resolved",
        ) from None


def _all_of(problems: list[str]) -> str:
    shown = problems[:_MOST_SHOWN]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    return "\n- ".join(("the allow-list cannot be made; nothing has been changed", *shown))
