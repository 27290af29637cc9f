# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registered fleet whose softswitch checks CRLs in each handshake, as OpenSSL does: once one has expired, everybody is refused."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet
from cryptography import x509

__all__ = ["CheckingFleet"]

_END = "-----END X509 CRL-----\n"


class CheckingFleet(RegisteredFleet):
    """See above. The alarm is left out, for it needs systemd."""

    def _softswitch(self) -> dict[str, Any]:
        return {**super()._softswitch(), "vos_crl_file": str(self.crl), "vos_crl_alarm": False}

    @property
    def crl(self) -> Path:
        """The file of CRLs on the softswitch."""
        return self.device("vos") / "etc/crl.pem"

    def crls(self) -> list[x509.CertificateRevocationList]:
        """Those that the softswitch has."""
        return [x509.load_pem_x509_crl((part + _END).encode()) for part in self.crl.read_text().split(_END)[:-1]]

    def left(self) -> float:
        """How many seconds until the first of them expires."""
        return min((one.next_update_utc - datetime.now(UTC)).total_seconds() for one in self.crls())

    def restart(self, gateway: str) -> bool:
        """Restarts a gateway, which connects anew.

        :returns: whether the softswitch accepted it
        """
        command = ["sh", str(self.folder / "register.sh"), str(self.device(gateway)), str(self.port)]
        subprocess.run(command, check=True, timeout=60)
        return (self.device(gateway) / "registered").exists()

    def expiry(self) -> dict[str, Any]:
        """What the report of the last rotation says of CRLs and of all else that expires."""
        found: dict[str, Any] = json.loads(self.report.read_text())["expiry"]
        return found
