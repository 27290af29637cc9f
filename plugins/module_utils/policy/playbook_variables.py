# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that the playbooks of the collection read, most of them by ``-e``, and what the playbooks keep for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import kinds, kinds_batches
from .kinds import Kind, choice

__all__ = ["BARE", "KINDS", "KNOWN", "PREFIXES"]

#: What such a variable begins with. Whoever writes one into the inventory, or misspells it, is told.
PREFIXES: Final = (*("diagnose_", "post_quantum_", "remove_", "report_", "revoke_", "rollover_", "rotate_", "verify_"),)

#: Without a prefix, so only an extra variable can be meant.
BARE: Final = ("device", "reason", "serial_number")

#: Of those with values that can be told right from wrong.
KINDS: Final[Mapping[str, Kind]] = {
    "gateway_failure_limit": kinds_batches.PERCENTAGE,
    "gateway_serial": kinds_batches.BATCHES,
    "post_quantum_stage": choice("readiness", "key_exchange", "anchors", "certificates"),
    "remove_batches": kinds_batches.BATCHES,
    "remove_failure_limit": kinds_batches.PERCENTAGE,
    "remove_revoke": kinds.BOOLEAN,
    "remove_softswitches": kinds.BOOLEAN,
    "report_days": kinds.COUNT,
    "report_language": choice("en", "zh"),
    "report_metrics_passing_checks": kinds.BOOLEAN,
    "revoke_wait": kinds.DURATION,
    "rotate_batches": kinds_batches.BATCHES,
    "rotate_failure_limit": kinds_batches.PERCENTAGE,
    "rotate_interval": kinds.DURATION,
    "rotate_now": kinds.BOOLEAN,
    "verify_fails": kinds.BOOLEAN,
    "verify_strict": kinds.BOOLEAN,
}

_READ: Final = (
    *("diagnose_call_to", "diagnose_capture", "diagnose_handshake_limit", "diagnose_media_ports"),
    *("diagnose_password", "diagnose_report", "diagnose_timeout"),
    "post_quantum_report",
    *("report_failures_path", "report_from", "report_html", "report_json"),
    *("report_metrics", "report_metrics_labels", "report_title"),
    "rollover_is_proven",
    "rotate_report",
    *("verify_call_to", "verify_probe", "verify_report"),
    *("inventory_expected", "siptls_other_variables"),
)

# Noted on a host, or variables of a play
_KEPT: Final = (
    *("post_quantum_after", "post_quantum_before", "post_quantum_devices", "post_quantum_failure"),
    *("post_quantum_first", "post_quantum_hosts", "post_quantum_issuing", "post_quantum_now", "post_quantum_path"),
    *("post_quantum_path_of_pki", "post_quantum_pki", "post_quantum_seen", "post_quantum_untrusting"),
    *("remove_done", "remove_left", "remove_signs", "remove_untold"),
    *("report_asked", "report_counted", "report_pki", "report_pki_directory", "report_written"),
    *("revoke_recorded", "revoke_tells"),
    *("rollover_asks_as", "rollover_behind", "rollover_devices", "rollover_failure", "rollover_in_use"),
    *("rollover_of", "rollover_pki", "rollover_seen", "rollover_to", "rollover_trust_is_proven"),
    *("verify_first", "verify_known", "verify_softswitch", "verify_softswitches"),
)

KNOWN: Final = frozenset((*BARE, *KINDS, *_READ, *_KEPT))
