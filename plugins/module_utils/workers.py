# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on many things by several processes.

They are forked, so that they have all that this one has, and bare of the limits of multiprocessing inside Ansible's workers.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .errors import SiptlsError

__all__ = ["in_processes", "processors"]

Item = TypeVar("Item")
Emit = Callable[[Any], None]


def processors() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0))


def in_processes(items: Sequence[Item], work: Callable[[Sequence[Item], Emit], None], processes: int) -> Iterator[Any]:
    """What ``work`` emits, as it comes, when several processes share ``items``.

    :param work: gets a part of the items and a function that hands over a result, anything that JSON can carry
    :param processes: with one, the work is done by this process itself
    :raises SiptlsError: what a process raised, or that one died; what the others emit until then is handed over
    """
    if processes <= 1 or len(items) <= 1:
        results: list[Any] = []
        work(items, results.append)
        yield from results
        return
    count = min(processes, len(items))
    # Every count-th: a part is not slow as a whole
    started = dict(_start(items[at::count], work) for at in range(count))
    problems: list[str] = []
    try:
        for message in _messages(list(started)):
            if "problem" in message:
                problems.append(message["problem"])
            else:
                yield message["result"]
    finally:
        for stream, process in started.items():
            # One that still works finds nobody to hand its results to, and ends
            os.close(stream)
            _pid, status = os.waitpid(process, 0)
            if status and not problems:
                problems.append(f"a process ended with status {os.waitstatus_to_exitcode(status)}")
    if problems:
        raise SiptlsError(problems[0], remedy="run it again: what is done is not done twice")


def _start(part: Sequence[Item], work: Callable[[Sequence[Item], Emit], None]) -> tuple[int, int]:
    """The descriptor to read results from, and the process."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return reading, process
    status = 1
    try:
        # What was there before the fork is never collected here: looking through all of Ansible again and again takes time and memory
        gc.freeze()
        os.close(reading)
        status = _serve(part, work, writing)
    finally:
        os._exit(status)


def _serve(part: Sequence[Item], work: Callable[[Sequence[Item], Emit], None], writing: int) -> int:
    def send(**message: Any) -> None:
        line = json.dumps(message).encode() + b"\n"
        while line:
            line = line[os.write(writing, line) :]

    try:
        work(part, lambda result: send(result=result))
    except SiptlsError as error:
        send(problem=str(error))
        return 1
    except Exception as error:  # told by the process that waits
        send(problem=f"{type(error).__name__}: {error}")
        return 1
    return 0


def _messages(streams: list[int]) -> Iterator[dict[str, Any]]:
    """What comes from any of the descriptors, until all have ended."""
    begun = dict.fromkeys(streams, b"")
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            for key, _events in selector.select():
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fd)
                *lines, begun[key.fd] = (begun[key.fd] + data).split(b"\n")
                yield from (json.loads(line) for line in lines)
