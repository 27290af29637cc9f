# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site wants of many devices' certificates whose keys the controller makes, in the words of a playbook, checked whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import SiptlsError
from ..x509.identity import Identity
from .certificate_policy import CertificatePolicy

__all__ = ["OUTPUTS", "BatchDevice", "checked_devices"]

#: What can be written for a device, by the names of playbooks.
OUTPUTS = ("pair", "combined", "pkcs12", "chain", "trust_bundle")
_KEYS = {"name", "identity", "profile", "pkcs12_passphrase"}
_NAMES = {"common_name", "sip_uris", "dns"}


@dataclass(frozen=True)
class BatchDevice:
    """One device of a batch.

    :ivar name: its name in the PKI directory, and of its folder
    :ivar pkcs12_passphrase: of its PKCS #12 file; empty where none is wanted
    """

    name: str
    policy: CertificatePolicy
    pkcs12_passphrase: str


def checked_devices(
    devices: Sequence[Any], *, outputs: Sequence[str], pkcs12_passphrase: str, **policy: str
) -> list[BatchDevice]:
    """The devices of a playbook.

    :param pkcs12_passphrase: for those that bring none of their own
    :param policy: profile, key_type, valid_for and renew_before, for those that say nothing else
    :raises SiptlsError: what is wrong, with the first device that it is wrong with
    """
    found = []
    seen: set[str] = set()
    for at, entry in enumerate(devices):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not name:
            raise SiptlsError(
                f"devices[{at}] has no name", expected="a dictionary with name and identity", found=type(entry).__name__
            )
        if name in seen:
            raise SiptlsError("a device is there twice", where=name, expected="each name in devices once")
        seen.add(name)
        try:
            found.append(_checked(entry, policy, pkcs12_passphrase if "pkcs12" in outputs else ""))
        except SiptlsError as error:
            raise SiptlsError(
                error.problem,
                where=f"{name} (devices[{at}])",
                expected=error.expected,
                found=error.found,
                remedy=error.remedy,
            ) from None
        if "pkcs12" in outputs and not found[-1].pkcs12_passphrase:
            raise SiptlsError(
                "no passphrase for the PKCS 12 file",
                where=f"{name} (devices[{at}])",
                expected="pkcs12_passphrase of the device, or of the task",
            )
    return found


def _checked(entry: Mapping[str, Any], policy: Mapping[str, str], passphrase: str) -> BatchDevice:
    unknown = sorted(set(entry) - _KEYS)
    identity = entry.get("identity")
    if unknown or not isinstance(identity, Mapping):
        raise SiptlsError(
            "this is no device",
            expected="name and identity, perhaps profile and pkcs12_passphrase",
            found=", ".join(unknown) or "no identity",
        )
    wrong = sorted(set(identity) - _NAMES) or [
        key for key in ("sip_uris", "dns") if not _is_list_of_text(identity.get(key, []))
    ]
    if wrong or not isinstance(identity.get("common_name"), str):
        raise SiptlsError(
            "identity is not one",
            expected="common_name, and lists of text as sip_uris and dns",
            found=", ".join(wrong) or "no common_name",
        )
    names = Identity.checked(identity["common_name"], identity.get("sip_uris", []), identity.get("dns", []))
    checked = CertificatePolicy.checked(
        identity=names, **{**policy, "profile": entry.get("profile", policy["profile"])}
    )
    return BatchDevice(str(entry["name"]), checked, str(entry.get("pkcs12_passphrase", "") or passphrase))


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)
