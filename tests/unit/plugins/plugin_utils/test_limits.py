# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device may take: time and memory of the controller, whatever the connection plugin does meanwhile."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.plugin_utils.limits import LimitError, Limits, bounded

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
MIB = 1024 * 1024


class OuterTimeoutError(BaseException):
    """Stands for what the task keyword timeout raises."""


def read_all(command: str) -> bytes:
    """As connection plugins do, which wait until the command ends."""
    with subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        return process.communicate()[0]


def marked(mark: str) -> list[str]:
    """The processes with this in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mark in words:
            found.append(words)
    return found


def is_gone(mark: str) -> bool:
    """Whether none of them is left, waited for: the kernel takes its time under load."""
    give_up = time.monotonic() + 30
    while marked(mark) and time.monotonic() < give_up:
        time.sleep(0.05)
    return not marked(mark)


@pytest.mark.parametrize(
    "command", ["sleep 3141.1; :", "sleep 3141.1 | cat; :", "trap '' TERM; while :; do sleep 3141.1; done"]
)
def test_who_is_silent_is_waited_for_no_longer_than_the_limit_and_is_gone(command: str) -> None:
    began = time.monotonic()
    words = r"gw1: the device did not finish look\.sh in time.*siptls_device_time_limit"
    with pytest.raises(LimitError, match=words), bounded(Limits(0.5, MIB), where="gw1", what="look.sh"):
        read_all(command)
    assert time.monotonic() - began < 60
    assert is_gone("3141.1")


def test_who_never_ends_fills_no_memory() -> None:
    began = time.monotonic()
    words = r"the output of look\.sh is too long.*siptls_device_output_limit"
    with pytest.raises(LimitError, match=words), bounded(Limits(60, MIB), where="gw1", what="look.sh"):
        read_all("yes 27182818284")
    assert time.monotonic() - began < 60
    assert is_gone("27182818284")


def test_who_is_in_time_is_left_alone_and_so_is_every_other_process() -> None:
    with subprocess.Popen(["sleep", "1618.03"]) as other:
        with bounded(Limits(10, MIB), where="gw1", what="look.sh"):
            assert read_all("sleep 0.3; echo done") == b"done\n"
        with pytest.raises(LimitError), bounded(Limits(0.2, MIB), where="gw1", what="look.sh"):
            read_all("sleep 30")
        assert other.poll() is None
        other.kill()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


@pytest.mark.parametrize("inside", [True, False])
def test_the_timeout_of_the_task_goes_on_to_count(inside: bool) -> None:
    def on_alarm(*_each: object) -> None:
        raise OuterTimeoutError

    def work() -> None:
        with bounded(Limits(30, MIB), where="gw1", what="look.sh"):
            read_all("sleep 20" if inside else "sleep 0.2")
        time.sleep(20)

    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.6)
    try:
        with pytest.raises(OuterTimeoutError):
            work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_the_inner_of_two_limits_ends_the_inner_alone() -> None:
    with bounded(Limits(20, MIB), where="gw1", what="outer"):
        with pytest.raises(LimitError, match="inner"), bounded(Limits(0.3, MIB), where="gw1", what="inner"):
            read_all("sleep 20")
        assert signal.getitimer(signal.ITIMER_REAL)[1] == pytest.approx(0.1)
    outer = bounded(Limits(0.3, MIB), where="gw1", what="outer")
    with pytest.raises(LimitError, match="outer"), outer, bounded(Limits(20, MIB), where="gw1", what="inner"):
        read_all("sleep 20")


def test_outside_of_the_main_thread_nothing_is_bounded_and_nothing_breaks() -> None:
    said: list[bytes] = []

    def work() -> None:
        with bounded(Limits(0.01, 1), where="gw1", what="look.sh"):
            said.append(read_all("sleep 0.2; echo done"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert said == [b"done\n"]
