# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any moment of a renewal: what is on the device matches, and the next run heals everything.

Every step of a device's scripts, one by one: test_every_step.py. Here, the whole of it at moments that nobody chose.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    Task,
    assert_pair,
    gateway,
    left_over,
    records,
    serial,
    verify,
)

HOSTS = ("gw1", "gw2")


def renewal(number: int) -> Task:
    """Due on every device each time the number is another."""
    return gateway(identity={"dns": [f"n{number}.example.com"]})


def installed(play: Play, host: str) -> str:
    return serial(play.device(host) / "certs/gateway.crt")


@pytest.mark.nightly("everything")
@pytest.mark.parametrize(("kills", "controller_only"), [(10, False), (4, True)], ids=["everything", "controller-only"])
def test_a_renewal_killed_at_any_moment_leaves_a_pair_that_matches_and_the_next_run_heals_it(
    play: Play, pki: Path, kills: int, controller_only: bool
) -> None:
    started = time.monotonic()
    play([renewal(0)], hosts=HOSTS)
    duration = time.monotonic() - started
    seed = int(os.environ.get("SIPTLS_SEED", random.randrange(10**6)))
    moments = random.Random(seed)
    print(f"SIPTLS_SEED={seed}, an undisturbed run takes {duration:.2f} s")
    interrupted = 0
    for number in range(1, 3 * kills + 1):
        # All of the run is covered, and most densely its end, where it is busy with the devices.
        delay = duration * ((interrupted + moments.random()) / kills) ** 0.5
        before = {host: installed(play, host) for host in HOSTS}
        run = play.start([renewal(number)], hosts=HOSTS)
        time.sleep(delay)  # the moment of the kill, not a wait for something
        finished = run.process.poll() is not None
        run.kill(controller_only=controller_only)
        interrupted += not finished
        # On a machine that is less busy than it was, runs end sooner
        duration *= 0.85 if finished else 1
        states = {}
        for host in HOSTS:
            certs = play.device(host) / "certs"
            assert_pair(certs)
            verify(certs)
            assert installed(play, host) in records(pki), "used, and not on record"
            states[host] = "old" if installed(play, host) == before[host] else "new"
        print(f"killed after {delay:.3f} s{' (it had ended)' if finished else ''}: {states}")

        healed = play([renewal(number), {**renewal(number), "name": "Once more"}], hosts=HOSTS)
        for host in HOSTS:
            assert not healed.of(host, "Once more")["changed"]
            assert_pair(play.device(host) / "certs")
            verify(play.device(host) / "certs")
            assert not list((play.device(host) / "certs").glob("staging/**/gateway.key"))
        if interrupted == kills:
            break
    assert interrupted == kills
    for record in records(pki).values():
        assert record.read_text().rstrip().endswith("-----END CERTIFICATE-----")
    written = {path.relative_to(pki).parts[0] for path in left_over(pki)}
    assert written <= {"certificates", "keys"}, "only where a run was writing"
