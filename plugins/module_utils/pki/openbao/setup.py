# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenBao needs to be an issuer: engines, their tuning, a role for each profile, and policies; compared, and put right.

Nothing is ever removed, and no engine is replaced. What a setting leaves out stays as OpenBao has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ...bao.client import Client
from ...errors import SiptlsError
from ..x509.profiles import PROFILES
from .roles import role_of

__all__ = ["Setting", "Wanted", "differences", "put_right", "settings"]

#: An untuned mount caps every certificate, a root too, at 32 days.
_LONGEST_LEASE = 100 * 365 * 86400


@dataclass(frozen=True)
class Wanted:
    """What a site wants of OpenBao.

    :ivar pki: the mount of the PKI engine
    :ivar kv: the mount of the KV engine; empty where records are elsewhere
    :ivar domains: that certificates may be for
    :ivar longest: how long a certificate may last
    :ivar policies: by their names, the policies in HCL
    """

    pki: str
    kv: str
    domains: tuple[str, ...]
    longest: timedelta
    policies: Mapping[str, str]


@dataclass(frozen=True)
class Setting:
    """One thing that OpenBao keeps.

    :ivar name: for a reader
    :ivar read: the path that shows it
    :ivar write: the path that it is written to
    :ivar body: what is wanted of it
    :ivar create: what is written, and where, if it is not there at all; None for the same as otherwise
    :ivar found: takes the part that is compared out of what is read
    """

    name: str
    read: str
    write: str
    body: Mapping[str, Any]
    create: tuple[str, Mapping[str, Any]] | None = None
    found: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(default=lambda data: data, compare=False)


def settings(wanted: Wanted) -> list[Setting]:
    """All settings, in the order in which they are made."""
    made = [_engine(wanted.pki, "pki", {"max_lease_ttl": _LONGEST_LEASE})]
    if wanted.kv:
        made.append(_engine(wanted.kv, "kv", {}, options={"version": "2"}))
        # Whoever writes without a version would write over a record
        made.append(
            Setting(f"{wanted.kv}: writes", f"{wanted.kv}/config", f"{wanted.kv}/config", {"cas_required": True})
        )
    for profile in PROFILES.values():
        path = f"{wanted.pki}/roles/{profile.name}"
        made.append(
            Setting(f"{wanted.pki}: role {profile.name}", path, path, role_of(profile, wanted.domains, wanted.longest))
        )
    for name, text in wanted.policies.items():
        path = f"sys/policies/acl/{name}"
        made.append(Setting(f"policy {name}", path, path, {"policy": text}))
    return made


def _engine(path: str, kind: str, tuning: Mapping[str, Any], **options: Any) -> Setting:
    """A mount with its tuning."""
    create = (f"sys/mounts/{path}", {"type": kind, "config": dict(tuning), **options})
    return Setting(
        f"{path}: engine {kind}", f"sys/mounts/{path}", f"sys/mounts/{path}/tune", tuning, create, _of_engine
    )


def _of_engine(data: Mapping[str, Any]) -> Mapping[str, Any]:
    config = data.get("config")
    return config if isinstance(config, Mapping) else {}


def differences(client: Client, wanted: Iterable[Setting]) -> list[tuple[Setting, list[str] | None]]:
    """The settings that are not as wanted, each with what differs in words; None for one that is not there.

    :raises SiptlsError: OpenBao does not show one, or a mount is of another kind
    """
    found = []
    for setting in wanted:
        reply = client.read(setting.read)
        # An engine that is not there is told of by 400
        if reply.is_missing or (setting.create and reply.is_wrong):
            found.append((setting, None))
            continue
        data = client.checked(reply, f"OpenBao does not show the setting {setting.name}", setting.read).data
        _refuse_other_kind(setting, data)
        words = _words(setting.body, setting.found(data))
        if words:
            found.append((setting, words))
    return found


def put_right(client: Client, setting: Setting, words: list[str] | None) -> None:
    """Makes a setting as it is wanted.

    :param words: of :func:`differences`
    :raises SiptlsError: OpenBao refuses
    """
    path, body = setting.create if words is None and setting.create else (setting.write, setting.body)
    client.checked(client.write(path, body), f"OpenBao does not take the setting {setting.name}", path)


def _refuse_other_kind(setting: Setting, data: Mapping[str, Any]) -> None:
    if setting.create is None:
        return
    kind, version = data.get("type"), (data.get("options") or {}).get("version")
    asked = setting.create[1]
    if kind != asked["type"] or version != (asked.get("options") or {}).get("version"):
        raise SiptlsError(
            f"the mount of {setting.name} is another engine",
            where=setting.read,
            expected=f"{asked['type']} {(asked.get('options') or {}).get('version', '')}".strip(),
            found=f"{kind} {version or ''}".strip(),
            remedy="choose another path for it",
        )


def _words(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What differs; lists are compared without regard to order, and nothing is the same as an empty list."""
    words = []
    for name, value in wanted.items():
        there = found.get(name)
        if isinstance(value, list):
            same = sorted(map(str, value)) == sorted(map(str, there or []))
        elif isinstance(value, str):
            same = isinstance(there, str) and there.strip() == value.strip()
        else:
            same = there == value
        if not same:
            words.append(name if name == "policy" else f"{name} is {there}, to be {value}")
    return words
