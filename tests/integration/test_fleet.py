# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet on one PKI directory: many devices, many processes, at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import read_certificates, serial_hex
from ansible_collections.siptls.vos.tests.integration.playground import Outcome, Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    assert_pair,
    authority,
    gateway,
    issuing,
    left_over,
    records,
    verify,
)


def assert_pair_in_use(certs: Path) -> None:
    """The pair of one generation, unless another took its place, and it was forgotten, while openssl read it."""
    folder = (certs / "current").resolve()
    try:
        assert_pair(folder)
    except AssertionError:
        assert (certs / "current").resolve() != folder


def assert_whole(play: Play, hosts: list[str], *outcomes: Outcome) -> None:
    """A certificate of its own on every device; every one on record, and nothing else."""
    pki = play.folder / "pki"
    recorded = records(pki)
    serials = {host: outcome.of(host)["serial_number"] for outcome in outcomes for host in outcome.results}
    assert sorted(serials) == sorted(hosts)
    assert len(set(serials.values())) == len(hosts)
    assert set(recorded) == set(serials.values())
    for host, serial in serials.items():
        certs = play.device(host) / "certs"
        leaf = read_certificates((certs / "gateway.crt").read_bytes(), where=host)[0]
        assert serial_hex(leaf) == serial
        assert recorded[serial].parent.name == host
        assert read_certificates(recorded[serial].read_bytes(), where=serial) == (leaf,)
    for host in (hosts[0], hosts[-1]):
        verify(play.device(host) / "certs")
        assert_pair(play.device(host) / "certs")
    assert not left_over(play.folder)


@pytest.mark.nightly
def test_50_devices_by_20_forks_have_50_certificates_all_on_record(play: Play, pki: Path) -> None:
    hosts = [f"gw{number}" for number in range(50)]
    assert_whole(play, hosts, play([gateway()], hosts=hosts, forks=20))
    assert play([gateway()], hosts=hosts, forks=20).nothing_changed


@pytest.mark.nightly
def test_two_fleets_at_once_from_nothing_on_one_directory(play: Play) -> None:
    """The authorities, too, are made by whoever comes first."""
    everything = [authority(), issuing(), gateway()]
    fleets = [[f"{name}{number}" for number in range(25)] for name in ("east", "west")]
    runs = [play.start(everything, hosts=fleet, forks=10) for fleet in fleets]
    outcomes = [run.finish() for run in runs]
    assert [outcome.rc for outcome in outcomes] == [0, 0], [outcome.output for outcome in outcomes if outcome.rc]
    for name in ("The root authority", "The issuing authority"):
        made = [outcome.of(host, name)["changed"] for outcome in outcomes for host in outcome.results]
        assert made.count(True) == 1
    assert_whole(play, fleets[0] + fleets[1], *outcomes)


@pytest.mark.nightly
def test_one_device_by_several_runs_at_once_ends_with_a_pair_that_matches(play: Play, pki: Path) -> None:
    """Not a way to work, but it happens. A run may be told that another was in its way; the device is whole throughout."""
    play([gateway()])
    certs = play.device("gw1") / "certs"
    for number in range(2):
        due = [gateway(identity={"dns": [f"n{number}.example.com"]})]
        runs = [play.start(due) for _each in range(4)]
        while any(run.process.poll() is None for run in runs):
            assert_pair_in_use(certs)
        outcomes = [run.finish() for run in runs]
        assert all(outcome.rc in (0, 2) for outcome in outcomes)
        for outcome in outcomes:
            assert "Traceback" not in outcome.output
        play(due)
        assert play(due).nothing_changed
        verify(certs)
        assert_pair(certs)
