# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which metrics there are, and the file that says them.

Series grow with the devices and the checks. What strangers choose, such as the source of a failed handshake, is no label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..fleet.document import FleetDocument
from . import samples as read
from .exposition import Family, check_labels, render

__all__ = ["LABELS", "METRICS", "Metric", "metrics_text"]


@dataclass(frozen=True)
class Metric:
    """A metric: its name, what it says, its labels, and how it is read from a document."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: read.Read


def metrics_text(
    found: Any,
    *,
    where: str,
    labels: Mapping[str, str],
    passing_checks: bool,
    notice: Callable[[str], None] | None = None,
) -> str:
    """The document as metrics.

    :param found: a fleet document of format 1
    :param where: its file, for an error
    :param labels: added to every sample
    :param passing_checks: whether checks that passed have series as well
    :param notice: is told what in the document is invalid and so unknown
    :raises SiptlsError: it is no such document, or a label cannot be added
    """
    document = FleetDocument.read(found, where=where, notice=notice)
    check_labels(labels, LABELS)
    families = [Family(one.name, one.help, tuple(one.read(document)), one.labels) for one in METRICS]
    if not passing_checks:
        families = [_without_passing(one) if one.name == "siptls_check_ok" else one for one in families]
    return render(families, labels)


def _without_passing(family: Family) -> Family:
    return Family(family.name, family.help, tuple(one for one in family.samples if not one[1]), family.labels)


_DEVICE = ("device",)
_AUTHORITY = ("authority",)

#: In the order of the file.
METRICS: tuple[Metric, ...] = (
    Metric(
        "siptls_verification_timestamp_seconds", "When the fleet was verified, since 1970 in UTC.", (), read.written
    ),
    Metric("siptls_devices", "Devices by state.", ("state",), read.devices_by_state),
    Metric("siptls_checks", "Checks of all devices by state.", ("check", "state"), read.checks_by_state),
    Metric(
        "siptls_device_info",
        "What a device is, and where it registers.",
        (*_DEVICE, "kind", "softswitch"),
        read.each_device(read.device_info),
    ),
    Metric(
        "siptls_device_state",
        "1 for the state that a device is in.",
        (*_DEVICE, "kind", "state"),
        read.each_device(read.device_state),
    ),
    Metric(
        "siptls_device_verified_timestamp_seconds",
        "When a device was verified, since 1970 in UTC.",
        _DEVICE,
        read.each_device(lambda device: read.moment_of(device.verified)),
    ),
    Metric(
        "siptls_check_ok",
        "1 where a check of a device passed or only something is due, 0 where it failed; absent where it is not known or does not apply.",
        (*_DEVICE, "check"),
        read.checks_ok,
    ),
    Metric(
        "siptls_check_unknown", "1 where the outcome of a check is not known.", (*_DEVICE, "check"), read.checks_unknown
    ),
    Metric(
        "siptls_certificate_info",
        "The certificate of a device; the second one of a softswitch under the name that it is on record for.",
        (*_DEVICE, "serial_number", "issuer", "authority", "key_type", "signature_algorithm"),
        read.each_certificate(read.certificate_info),
    ),
    Metric(
        "siptls_certificate_not_before_seconds",
        "From when the certificate of a device is valid, since 1970 in UTC.",
        _DEVICE,
        read.each_certificate(lambda certificate: read.moment_of(certificate.not_before)),
    ),
    Metric(
        "siptls_certificate_not_after_seconds",
        "Until when the certificate of a device is valid, since 1970 in UTC.",
        _DEVICE,
        read.each_certificate(lambda certificate: read.moment_of(certificate.not_after)),
    ),
    Metric(
        "siptls_last_rotation_timestamp_seconds",
        "When the certificate of a device was issued, since 1970 in UTC.",
        _DEVICE,
        read.each_device(lambda device: read.moment_of(device.last_rotation)),
    ),
    Metric(
        "siptls_registered",
        "1 where a gateway is registered, 0 where it is not; absent where the softswitch cannot tell.",
        _DEVICE,
        read.each_device(lambda device: read.yes_or_no(device.registered)),
    ),
    Metric(
        "siptls_registrations",
        "How many registrations a softswitch holds.",
        _DEVICE,
        read.each_device(lambda device: read.number(device.registrations)),
    ),
    Metric(
        "siptls_clock_ahead_seconds",
        "How far the clock of a device is ahead of that of the controller.",
        _DEVICE,
        read.each_device(lambda device: read.number(device.clock_ahead)),
    ),
    Metric(
        "siptls_tls_info",
        "What a connection with the certificate of a device negotiated.",
        (*_DEVICE, "protocol", "cipher", "group"),
        read.each_device(read.tls_info),
    ),
    Metric(
        "siptls_tls_handshake_seconds",
        "How long the TLS handshake of a device took.",
        _DEVICE,
        read.each_device(read.tls_seconds),
    ),
    Metric(
        "siptls_tls_client_hello_bytes",
        "The length of the ClientHello of a device.",
        _DEVICE,
        read.each_device(read.client_hello),
    ),
    Metric(
        "siptls_srtp_required",
        "1 where calls of a device without encrypted media are refused, 0 where they are not.",
        _DEVICE,
        read.each_device(read.srtp_required),
    ),
    Metric(
        "siptls_srtp_info",
        "How the media of a device is encrypted; seen says whether a call has shown it.",
        (*_DEVICE, "keying", "suite", "seen"),
        read.each_device(read.srtp_info),
    ),
    Metric(
        "siptls_aes_accelerated",
        "1 where the processor of a device helps with AES, 0 where it does not.",
        _DEVICE,
        read.each_device(lambda device: read.yes_or_no(device.aes.accelerated)),
    ),
    Metric(
        "siptls_post_quantum_ready",
        "1 where a device is ready for post-quantum cryptography, 0 where it is not or partly.",
        _DEVICE,
        read.each_device(read.ready),
    ),
    Metric(
        "siptls_drift", "How many things on a device differ from the inventory.", _DEVICE, read.each_device(read.drift)
    ),
    Metric(
        "siptls_authority_state",
        "1 for the state that the certificate of an authority is in.",
        (*_AUTHORITY, "state"),
        read.each_authority(read.authority_state),
    ),
    Metric(
        "siptls_authority_in_use",
        "1 where an authority issued a certificate that a device has, or is above one that did.",
        _AUTHORITY,
        read.in_use,
    ),
    Metric(
        "siptls_authority_not_after_seconds",
        "Until when the certificate of an authority is valid, since 1970 in UTC.",
        _AUTHORITY,
        read.each_authority(lambda authority: read.moment_of(authority.not_after)),
    ),
    Metric(
        "siptls_revocation_list_next_update_seconds",
        "Until when the revocation list of an authority may be relied on, since 1970 in UTC.",
        _AUTHORITY,
        read.each_authority(read.next_update),
    ),
    Metric(
        "siptls_handshake_failures",
        "TLS handshakes with the softswitches that failed within the window, by cause.",
        ("cause",),
        read.failures,
    ),
    Metric(
        "siptls_handshake_failures_all",
        "TLS handshakes with the softswitches that failed within the window.",
        (),
        read.failures_in_all,
    ),
    Metric("siptls_handshake_failures_window_seconds", "How long that window is.", (), read.failures_window),
    Metric("siptls_compliance_controls", "Controls of a framework by state.", ("framework", "state"), read.controls),
)

#: The names of labels that are taken.
LABELS: frozenset[str] = frozenset(name for metric in METRICS for name in metric.labels)
