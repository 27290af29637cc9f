# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact ``rotation`` of a device at the begin: what is due, and whether it can be done. No input or output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .needs import Need

__all__ = ["DeviceLook", "is_set_up", "planned"]


@dataclass(frozen=True)
class DeviceLook:
    """What a look at a device told.

    :ivar certificate: as siptls.vos.device_certificate returns it in check mode
    :ivar second: the same for a second certificate; None where the device is to have none
    :ivar loaded: as siptls.vos.device_files returns it in check mode, of all that the service loads
    :ivar reasons: why something is due, in words
    """

    certificate: Mapping[str, Any]
    second: Mapping[str, Any] | None
    loaded: Mapping[str, Any]
    reasons: Sequence[str]


def is_set_up(looked: DeviceLook) -> bool:
    """Whether siptls.vos.site has set the device up."""
    return bool(looked.certificate.get("before")) or not looked.loaded["never_loaded"]


def planned(
    looked: DeviceLook, needs: Sequence[Need], *, certificate_path: str, trust_bundle_path: str, valid_for: str
) -> dict[str, Any]:
    """The fact.

    :param needs: what is missing for a rotation of this device
    :param certificate_path: on the device; so for the trust bundle
    :param valid_for: how long a new certificate will be valid, as a duration
    """
    certificate, second, loaded = looked.certificate, looked.second, looked.loaded
    lacks = ". ".join(f"{need.cause}. Remedy: {need.remedy}" for need in needs) if looked.reasons else ""
    fact: dict[str, Any] = {
        "reasons": list(looked.reasons),
        "before": dict(certificate.get("before") or {}),
        "forced": bool(certificate.get("forced")),
        "issuer": dict(certificate.get("issuer") or {}),
        "valid_for": valid_for,
        # A generation that was published and never loaded: whoever goes back goes back from it
        "unproven": certificate_path in loaded["not_loaded"],
        # Whether the trust anchors are as wanted, and the service has loaded them
        "trusts": bool(certificate.get("trusted"))
        and (second is None or bool(second.get("trusted")))
        and trust_bundle_path not in loaded["not_loaded"]
        and not loaded["never_loaded"],
        "outcome": "unchanged" if not looked.reasons else "refused" if lacks else "due",
        "cause": lacks,
    }
    return fact if second is None else {**fact, "second_before": dict(second.get("before") or {})}
