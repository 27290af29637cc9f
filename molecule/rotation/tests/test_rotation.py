# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call is up while softswitch and gateways rotate. Nobody is cut off, and nobody is touched who was not due."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lab.calls import dial, hang_up
from lab.picture import SOFTSWITCH_CERTIFICATE, Picture, device, read, said
from lab.registrar import podman_exec
from lab.sampler import Absence, Sample, absence, registered
from lab.sampler import read as read_samples
from lab.sip import request

KEPT = Path(__file__).resolve().parents[3] / ".cache/lab/rotation"
DUE = ("gw1", "gw2", "gw3")
GATEWAYS = (*DUE, "gw4")
IN_CALL = ("gw1", "gw2")


def picture(name: str) -> Picture:
    """What there was: before, planned, after the first run, when the call ended, after the second and the third run."""
    return read(KEPT / f"{name}.json")


def report(name: str) -> dict[str, Any]:
    """Of a run, or of the plan: by device."""
    content = json.loads((KEPT / f"{name}.json").read_text())
    return {one["device"]: one for one in content["devices"]}


def outcomes(name: str) -> dict[str, str]:
    return {device: one["outcome"] for device, one in report(name).items()}


def samples(begin: str, end: str) -> list[Sample]:
    """Those between two pictures."""
    first, last = picture(begin).time, picture(end).time
    return [one for one in read_samples(KEPT / "samples") if first <= one.time <= last]


def printed(gateway: str, found: Absence, when: str) -> Absence:
    print(f"\n{when}: {gateway}: {found}", end="")
    return found


def test_the_plan_says_who_is_due_and_why_and_changes_nothing() -> None:
    plan = report("plan")
    assert {device: one["outcome"] for device, one in plan.items()} == {
        "vos": "due", "gw1": "due", "gw2": "due", "gw3": "due", "gw4": "unchanged"
    }  # fmt: skip
    for due in ("vos", *DUE):
        assert "renewal due" in plan[due]["reasons"][0]
    assert plan["gw4"]["reasons"] == []
    before, planned = picture("before"), picture("planned")
    assert (before.on_disk, before.started) == (planned.on_disk, planned.started)
    assert before.held() == planned.held()


def test_the_first_run_rotates_whoever_is_in_no_call() -> None:
    assert outcomes("first.report") == {
        "vos": "renewed", "gw1": "deferred", "gw2": "deferred", "gw3": "renewed", "gw4": "unchanged"
    }  # fmt: skip
    before, after = picture("before"), picture("first")
    assert after.on_disk != before.on_disk
    assert after.gateways["gw3"].registered == after.gateways["gw3"].on_disk != before.gateways["gw3"].on_disk


@pytest.mark.parametrize("gateway", IN_CALL)
def test_who_is_in_a_call_is_put_off_and_told_so(gateway: str) -> None:
    assert "call" in report("first.report")[gateway]["cause"]
    before, after = picture("before").gateways[gateway], picture("first").gateways[gateway]
    assert (after.started, after.registered) == (before.started, before.registered)


@pytest.mark.parametrize("gateway", IN_CALL)
def test_the_call_lives_to_its_own_end(gateway: str) -> None:
    """The same call on both sides, older at each look, and its media reach them all the time."""
    looks = [picture(name) for name in ("before", "planned", "first", "call_ends")]
    calls = [look.gateways[gateway].calls for look in looks]
    assert {len(one) for one in calls} == {1}
    assert {(one[0].identifier, one[0].state) for one in calls} == {(calls[0][0].identifier, "ESTABLISHED")}
    for one, other in itertools.pairwise(looks):
        elapsed = other.time - one.time
        before, after = one.gateways[gateway], other.gateways[gateway]
        arrived, sent = after.arrived - before.arrived, after.sent - before.sent
        print(f"\n{gateway}: {elapsed:.0f} s of the call, {arrived} datagrams of media, {sent} sent", end="")
        # Both ends send a packet every 20 ms, or fewer on a busy machine; what one sends, the other gets
        assert sent > 0
        assert arrived > 0.8 * sent


@pytest.mark.parametrize("gateway", IN_CALL)
def test_who_was_in_the_call_rotates_after_it(gateway: str) -> None:
    assert outcomes("second.report")[gateway] in ("renewed", "reloaded")
    ends, after = picture("call_ends").gateways[gateway], picture("second").gateways[gateway]
    assert ends.registered == picture("before").gateways[gateway].registered
    assert after.registered == after.on_disk != ends.registered
    assert after.calls == []


def test_the_second_run_touches_nobody_who_was_done() -> None:
    assert {name: outcomes("second.report")[name] for name in ("vos", "gw3", "gw4")} == dict.fromkeys(
        ("vos", "gw3", "gw4"), "unchanged"
    )


def test_another_run_changes_nothing() -> None:
    assert set(outcomes("third.report").values()) == {"unchanged"}
    second, third = picture("second"), picture("third")
    assert (second.on_disk, second.started, second.connections) == (third.on_disk, third.started, third.connections)
    assert second.held() == third.held()


def test_who_was_not_due_is_not_touched() -> None:
    assert picture("before").held()["gw4"] == picture("third").held()["gw4"]


def test_the_softswitch_was_not_restarted() -> None:
    assert picture("before").started == picture("third").started


@pytest.mark.parametrize("gateway", IN_CALL)
def test_the_rotation_of_the_softswitch_is_in_no_sample(gateway: str) -> None:
    """The first run, in which these two were not restarted."""
    assert printed(gateway, absence(samples("before", "call_ends"), gateway), "softswitch rotated").missed == 0


def test_who_was_not_due_is_registered_in_every_sample() -> None:
    assert printed("gw4", absence(samples("before", "third"), "gw4"), "all runs").missed == 0


@pytest.mark.parametrize("gateway", DUE)
def test_a_gateway_that_was_restarted_is_back_within_two_seconds(gateway: str) -> None:
    found = printed(gateway, absence(samples("before", "third"), gateway), "softswitch rotated, gateway restarted")
    assert found.samples > 20
    assert found.missed <= 2


def test_the_softswitch_tells_what_it_serves_on_each_connection() -> None:
    """Those that were made before its rotation have the certificate of then, and those after it have the new one."""
    before, after = picture("before"), picture("third")
    kept = [peer for peer in before.connections if peer in after.connections]
    new = [peer for peer in after.connections if peer not in before.connections]
    assert {peer.partition(":")[0] for peer in kept} == {"10.77.61.24"}
    assert {after.connections[peer] for peer in kept} == {before.on_disk, "-"}
    assert {after.connections[peer] for peer in new} == {after.on_disk}


def test_a_connection_that_speaks_for_the_first_time_tells_what_was_served_on_it() -> None:
    """It was made before the rotation, and its first SIP message comes after it."""
    (silent,) = [peer for peer, serial in picture("third").connections.items() if serial == "-"]
    subprocess.run(
        ["podman", "exec", "-i", "siptls-gw4", "sh", "-c", "cat >/run/silent; sleep 1"],
        input=request("OPTIONS", "sip:gw4@example.com"), text=True, check=True, timeout=30,
    )  # fmt: skip
    assert "SIP/2.0 200" in podman_exec("siptls-gw4", "cat", "/run/silent.answer")
    now = {peer: serial for peer, serial, _age in map(str.split, said("vos_connections"))}
    on_disk, _started = device("siptls-vos", SOFTSWITCH_CERTIFICATE, "vos")
    assert now[silent] == picture("before").on_disk != on_disk


def calls_up(gateway: str) -> int:
    """As siptls.vos asks it."""
    return int(podman_exec(f"siptls-{gateway}", "gateway_calls"))


def test_a_gateway_tells_how_many_calls_are_up() -> None:
    """This is about the lab: all the above rests on it."""
    assert [calls_up("gw1"), calls_up("gw2")] == [0, 0]
    call = dial("gw1", "gw2")
    assert [calls_up("gw1"), calls_up("gw2"), calls_up("gw3")] == [1, 1, 0]
    hang_up("gw2", call.identifier)
    assert [calls_up("gw1"), calls_up("gw2")] == [0, 0]
    podman_exec("siptls-gw1", "systemctl", "stop", "gateway")
    assert calls_up("gw1") == 0
    podman_exec("siptls-gw1", "systemctl", "start", "gateway")


def test_the_samples_see_a_gateway_that_is_gone() -> None:
    podman_exec("siptls-gw2", "systemctl", "stop", "gateway")
    assert "sip:gw2@example.com" not in registered()
    podman_exec("siptls-gw2", "systemctl", "start", "gateway")
    there = {"sip:gw2@example.com": "AB"}
    sampled = [Sample(at, who) for at, who in enumerate([there, {}, {}, there, {}, there, {}])]
    assert absence(sampled, "gw2") == Absence(samples=7, missed=4, longest=2)
