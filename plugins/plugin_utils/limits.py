# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds on what is done with a device: the time it takes, and the memory that its output takes on the controller.

A connection plugin reads until the device stops. Whether it ever does is for the device to say, so a timer of this process watches
while the plugin reads: it works whatever the plugin is, and however the device hangs.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ..module_utils.errors import SiptlsError

__all__ = ["OUTPUT_VARIABLE", "TIME_VARIABLE", "LimitError", "Limits", "bounded"]

TIME_VARIABLE = "siptls_device_time_limit"
OUTPUT_VARIABLE = "siptls_device_output_limit"
_TICK = 0.1
# A plugin that reads, joins and decodes holds the same output several times over; an interpreter grows a little by itself.
_COPIES = 6
_OWN_GROWTH = 32 * 1024 * 1024
_SECONDS_TO_END = 1.0
_MOST_GENERATIONS = 10


class LimitError(SiptlsError):
    """A device did not keep within its limits; what else it would say is not waited for."""


@dataclass(frozen=True)
class Limits:
    """What one conversation may take.

    :ivar seconds: from its beginning to its end
    :ivar octets: of output, standard error included
    """

    seconds: float
    octets: int

    def too_slow(self, where: str, what: str) -> LimitError:
        """The error for a device that was not done in time."""
        return LimitError(
            f"the device did not finish {what} in time",
            where=where,
            expected=f"an end within {self.seconds:g} s",
            found="nothing more was waited for",
            remedy=f"find out what hangs on the device; for a slow device set {TIME_VARIABLE} (seconds) in the inventory",
        )

    def too_long(self, where: str, what: str) -> LimitError:
        """The error for a device that said too much."""
        return LimitError(
            f"the output of {what} is too long",
            where=where,
            expected=f"at most {self.octets} bytes",
            found="more, of which nothing is used",
            remedy="find out what the device prints, such as an openssl that is none; where the output is right, set"
            f" {OUTPUT_VARIABLE} (bytes) in the inventory",
        )


class _Reached(BaseException):
    """A limit was reached. No Exception: a connection plugin must not take it for one that it may try again after."""

    def __init__(self, error: LimitError) -> None:
        self.error = error
        super().__init__(str(error))


@contextmanager
def bounded(limits: Limits, *, where: str, what: str) -> Iterator[None]:
    """Ends the body, and the processes that it started, when a limit is reached.

    The timer is that of ansible-core's task keyword ``timeout``, which goes on to count and to have its effect. Outside of the main
    thread there are no signals, so nothing is bounded while the body runs; ansible-core runs tasks in the main thread of a process of
    their own. Without ``/proc`` the time is bounded, and memory and processes are left to it.

    :param where: the device, for the error
    :param what: what it was to do, such as the name of a script
    :raises LimitError: a limit was reached
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    began, before, others = time.monotonic(), _resident(), _children()
    outer = signal.getsignal(signal.SIGALRM)
    outer_delay, outer_interval = signal.getitimer(signal.ITIMER_REAL)

    def on_tick(number: int, frame: FrameType | None) -> None:
        passed = time.monotonic() - began
        if outer_delay and passed >= outer_delay and callable(outer):
            outer(number, frame)
        if passed >= limits.seconds:
            raise _Reached(limits.too_slow(where, what))
        if _resident() - before > _COPIES * limits.octets + _OWN_GROWTH:
            raise _Reached(limits.too_long(where, what))

    signal.signal(signal.SIGALRM, on_tick)
    signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
    try:
        yield
    except BaseException as error:
        _stop_ticking()
        _end_processes(others)
        if isinstance(error, _Reached):
            raise error.error from None
        raise
    finally:
        _stop_ticking()
        signal.signal(signal.SIGALRM, outer)
        if outer_delay:
            signal.setitimer(signal.ITIMER_REAL, max(outer_delay - (time.monotonic() - began), 0.001), outer_interval)


def _stop_ticking() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


def _resident() -> int:
    """Bytes of memory that this process has in use; 0 where that cannot be told."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _children() -> set[int]:
    """The children of this process; none where that cannot be told cheaply, and then nothing of this process is spared."""
    with suppress(OSError, ValueError):
        return {
            int(child) for file in Path("/proc/self/task").glob("*/children") for child in file.read_bytes().split()
        }
    return set()


def _processes_below(others: set[int]) -> list[int]:
    """The processes below this one in its session, but for ``others`` and what is below them.

    An ssh that stays for those who come later (ControlPersist) is in a session of its own, as every daemon is.
    """
    parents: dict[int, int] = {}
    session = os.getsid(0)
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name of a program is in parentheses and may hold anything (proc(5)).
            words = entry.read_bytes().rpartition(b")")[2].split()
            if int(words[3]) == session:
                parents[int(entry.parent.name)] = int(words[1])
    found = [os.getpid()]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent and child not in others]
    return found[1:]


def _end_processes(others: set[int]) -> None:
    """Ends the processes below this one, but for ``others``; first politely, for sudo passes on SIGTERM and not SIGKILL.

    Whoever is left then is stopped first, so that nobody starts another one meanwhile.
    """
    left = set(_processes_below(others))
    _send(signal.SIGTERM, left)
    give_up = time.monotonic() + _SECONDS_TO_END
    while left and time.monotonic() < give_up:
        left = {process for process in left if _is_alive(process)}
        time.sleep(0.02)
    for _generation in range(_MOST_GENERATIONS):
        _send(signal.SIGSTOP, left)
        new = set(_processes_below(others)) - left
        if not new:
            break
        left |= new
    _send(signal.SIGKILL, left)


def _send(number: signal.Signals, processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(OSError):
            os.kill(process, number)


def _is_alive(process: int) -> bool:
    """Whether it still runs. Who ended and was not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except (OSError, IndexError):
        return False
