# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated month: siptls.vos.rotate by its schedule alone, with CRLs of a minute, and gateways that restart all the time.

Time is real and short rather than pretended: the softswitch, an OpenSSL server that checks the CRLs in each handshake, goes by its own
clock. A CRL lasts for five runs of the schedule, as one of a week does for nightly runs.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.checking_fleet import CheckingFleet

pytestmark = pytest.mark.nightly

GATEWAYS = ("gw1", "gw2")
#: How long a run may take on a busy machine; SIPTLS_INTERVAL=30 for a slower one
INTERVAL = int(os.environ.get("SIPTLS_INTERVAL", "15"))
VALID_FOR = 5 * INTERVAL
CRLS = {
    "pki_crl_valid_for": f"{VALID_FOR}s",
    "pki_crl_renew_before": f"{2 * INTERVAL}s",
    "pki_root_crl_valid_for": f"{VALID_FOR}s",
    "pki_root_crl_renew_before": f"{2 * INTERVAL}s",
}
SCHEDULE = ("-e", f"rotate_interval={INTERVAL}s")


def test_nobody_is_ever_refused_by_the_schedule_alone(tmp_path: Path) -> None:
    fleet = CheckingFleet(tmp_path, GATEWAYS)
    try:
        done = fleet.site(*SCHEDULE, changed={"vos": CRLS})
        assert done.returncode == 0, done.stdout + done.stderr
        first = {one.next_update_utc for one in fleet.crls()}
        end, runs, accepted = time.monotonic() + 1.5 * VALID_FOR, 0, 0
        while time.monotonic() < end:
            begun = time.monotonic()
            run = fleet.start("siptls.vos.rotate", *SCHEDULE, changed={"vos": CRLS})
            runs += 1
            while run.process.poll() is None or time.monotonic() < begun + INTERVAL:
                for name in GATEWAYS:
                    assert fleet.restart(name), (
                        f"refused, {fleet.left():.0f} s left: {(fleet.device(name) / 'answer').read_text()}"
                    )
                    accepted += 1
            outcome = run.finish()
            assert outcome.rc == 0, outcome.output
            assert fleet.expiry()["problems"] == []
        print(f"{runs} runs, {accepted} restarts, {fleet.left():.0f} s left")
        assert accepted > runs >= 2
        # The CRLs of the beginning have long expired
        assert all(one.next_update_utc > max(first) for one in fleet.crls())

        # And without the schedule everybody would be, so the server does check
        time.sleep(max(0.0, fleet.left()) + 1.5)
        assert not fleet.restart("gw1")
        # The next run mends it, and its listener takes the gateways again
        done = fleet.play("siptls.vos.rotate", *SCHEDULE, changed={"vos": CRLS})
        assert done.returncode == 0, done.stdout + done.stderr
        assert fleet.restart("gw1")
    finally:
        fleet.end()
