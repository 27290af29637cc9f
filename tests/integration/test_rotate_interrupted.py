# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.rotate, killed at any moment: every device has a pair that works all the time, and the next run goes on."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet
from ansible_collections.siptls.vos.tests.integration.tasks import assert_pair, verify

pytestmark = pytest.mark.nightly

GATEWAYS = ("gw1", "gw2")
#: SIPTLS_KILLS=20 for more of them
KILLS = int(os.environ.get("SIPTLS_KILLS", "8"))
FINISHED_AFTER_EVERY = 4


def due(days: int) -> dict[str, dict[str, str]]:
    """Variables by which every certificate that was made for longer is due."""
    gateways = {name: {"gateway_certificate_valid_for": f"{days}d"} for name in GATEWAYS}
    return {**gateways, "vos": {"vos_certificate_valid_for": f"{days}d"}}


def check(fleet: RegisteredFleet) -> None:
    """Every pair belongs together and is trusted, and every gateway can register with what it has."""
    for name in GATEWAYS:
        certs = fleet.device(name) / "etc/certs"
        assert_pair(certs)
        verify(certs)
        assert name in fleet.registered(), (
            f"{name} lost its registration: {(fleet.device(name) / 'answer').read_text()}"
        )


def test_a_rotation_killed_at_any_moment_goes_on_with_the_next_run(tmp_path: Path) -> None:
    fleet = RegisteredFleet(tmp_path, GATEWAYS)
    try:
        assert fleet.site().returncode == 0
        days = 85
        started = time.monotonic()
        assert fleet.play("siptls.vos.rotate", changed=due(days)).returncode == 0
        duration = time.monotonic() - started
        seed = int(os.environ.get("SIPTLS_SEED", random.randrange(10**6)))
        moments = random.Random(seed)
        print(f"SIPTLS_SEED={seed}, an undisturbed run takes {duration:.2f} s")
        interrupted = 0
        for _attempt in range(2 * KILLS):
            days -= 1
            # The plan comes first and changes nothing; what may be cut is after that
            delay = duration * moments.uniform(0.4, 1)
            run = fleet.start("siptls.vos.rotate", changed=due(days))
            time.sleep(delay)  # the moment of the kill, not a wait for something
            finished = run.process.poll() is not None
            interrupted += not finished
            # On a machine that is less busy than it was, runs end sooner
            duration *= 0.85 if finished else 1
            run.kill(controller_only=True)
            check(fleet)
            print(f"killed after {delay:.2f} s: {fleet.outcomes()}")
            if not finished and interrupted % FINISHED_AFTER_EVERY == 0:
                done = fleet.play("siptls.vos.rotate", changed=due(days))
                assert done.returncode == 0, done.stdout + done.stderr
                check(fleet)
                installed = fleet.installed()
                assert fleet.registered() == {name: installed[name] for name in GATEWAYS}
                again = fleet.play("siptls.vos.rotate", changed=due(days))
                assert set(fleet.outcomes().values()) == {"unchanged"}, again.stdout
            if interrupted == KILLS:
                break
        assert interrupted == KILLS
    finally:
        fleet.end()
