# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call from its first message to its last, with all that went over the wire meanwhile: kept in a file, to be judged later.

python -m lab.evidence FILE call gw1 gw2@example.com     makes a call, lets both sides play their tone, and ends it
python -m lab.evidence FILE watch 60                     only watches, for a minute, or until FILE.stop exists
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lab import calls, heard
from lab.heard import Message
from lab.registrar import SOFTSWITCH, podman_exec
from lab.wire import TCP, UDP, Capture, Packet

PATIENCE = 15
#: Seconds of tone, of which the last is measured
TALK = 3.0
#: Of linphone, which has no control interface that answers
PIPE = "linphone_control"
_KEY = re.compile(r"\[(\S+)-(caller|callee)/.*?--- (\w+) key (\S+) salt (\S+)")


class NothingError(Exception):
    """A call came neither to an answer nor to a refusal."""


@dataclass(frozen=True)
class Key:
    """A key of DTLS-SRTP, as the relay got it from a handshake.

    :ivar leg: caller or callee
    :ivar material: key and salt
    """

    leg: str
    suite: str
    material: bytes


@dataclass(frozen=True)
class Evidence:
    """What there was to see.

    :ivar caller: the name of a gateway; empty where there was no call
    :ivar callee: another, without its domain
    :ivar call_id: of the call, the same on both of its legs
    :ivar messages: in and out of the softswitch meanwhile, of this call or, without one, of all
    :ivar packets: that crossed the bridge: the media of a call, or without one all of TLS
    :ivar keys: of the DTLS handshakes of this call
    """

    caller: str
    callee: str
    call_id: str
    messages: list[Message]
    packets: list[Packet]
    keys: list[Key]


def call(caller: str, callee: str) -> Evidence:
    """A call, from dialling to its end, whichever end it comes to.

    :param callee: user and domain
    :raises NothingError: it was neither answered nor refused within some seconds
    """
    heard.listen(True)
    begin = time.time()
    with Capture() as capture:
        dial(caller, callee)
        final = _wait_for(lambda: final_response(begin, caller), f"{caller} called {callee}: no final response")
        if final.status == 200:
            play(caller)
            play(callee.partition("@")[0])
            time.sleep(TALK)
            hang_up(caller, final.header("Call-ID"))
            _wait_for(lambda: ended(begin, final.header("Call-ID")), f"the call of {caller} and {callee} does not end")
    call_id = final.header("Call-ID")
    return Evidence(
        caller=caller,
        callee=callee.partition("@")[0],
        call_id=call_id,
        messages=[one for one in heard.messages() if one.time >= begin and one.header("Call-ID") == call_id],
        packets=[one for one in capture.packets if one.protocol == UDP],
        keys=keys(call_id),
    )


def watch(seconds: float, stop: Path) -> Evidence:
    """What the gateways and the softswitch say while nobody does anything to them."""
    heard.listen(True)
    begin = time.time()
    with Capture() as capture:
        while time.time() < begin + seconds and not stop.exists():
            time.sleep(0.2)
    messages = [one for one in heard.messages() if one.time >= begin]
    return Evidence("", "", "", messages, [one for one in capture.packets if one.protocol == TCP and one.payload], [])


def dial(caller: str, callee: str) -> None:
    """Has a gateway begin a call."""
    if _has_pipe(caller):
        podman_exec(f"siptls-{caller}", PIPE, f"call sip:{callee}")
    else:
        calls.control(caller, "dial", f"sip:{callee}")


def play(gateway: str) -> None:
    """Has a gateway play its tone; most do so by themselves."""
    if _has_pipe(gateway):
        podman_exec(f"siptls-{gateway}", PIPE, "incall-player-start /run/gateway/tone.wav")


def hang_up(gateway: str, call_id: str) -> None:
    """Has a gateway end its call."""
    if _has_pipe(gateway):
        podman_exec(f"siptls-{gateway}", PIPE, "terminate")
    else:
        calls.control(gateway, "hangup", call_id)


@cache
def _has_pipe(gateway: str) -> bool:
    found = podman_exec(f"siptls-{gateway}", "sh", "-c", f"command -v {PIPE} || :")
    return bool(found.strip())


@cache
def address(gateway: str) -> str:
    """Of a device of the lab, in its network."""
    form = '{{ (index .NetworkSettings.Networks "siptls-lab").IPAddress }}'
    command = ["podman", "container", "inspect", "--format", form, f"siptls-{gateway}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def final_response(begin: float, caller: str) -> Message | None:
    """The last response to the INVITE of this gateway, once it has been sent."""
    at = address(caller)
    for one in heard.messages():
        if (
            one.time >= begin
            and not one.received
            and one.peer[0] == at
            and (one.status or 0) >= 200
            and one.method == "INVITE"
        ):
            return one
    return None


def ended(begin: float, call_id: str) -> Message | None:
    """The response to the BYE of a call."""
    for one in heard.messages():
        if one.time >= begin and one.header("Call-ID") == call_id and one.method == "BYE" and one.status == 200:
            return one
    return None


def keys(call_id: str) -> list[Key]:
    """What the relay got from the handshakes of a call; it says so where it was started with --log-srtp-keys."""
    said = podman_exec(SOFTSWITCH, "journalctl", "-q", "--no-pager", "-o", "cat", "-u", "vos-media")
    return [
        Key(leg, suite, base64.b64decode(key) + base64.b64decode(salt))
        for call, leg, suite, key, salt in _KEY.findall(said)
        if call == call_id
    ]


def _wait_for(look: Callable[[], Message | None], otherwise: str) -> Message:
    give_up = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > give_up:
            raise NothingError(f"{otherwise} after {PATIENCE} s")
        time.sleep(0.2)


def _encoded(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(value)


def write(evidence: Evidence, file: Path) -> None:
    """Keeps it. There are keys in it, of calls of the lab."""
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(evidence), default=_encoded))


def read(file: Path) -> Evidence:
    """What was kept."""
    content: dict[str, Any] = json.loads(file.read_text())
    return Evidence(
        **{name: content[name] for name in ("caller", "callee", "call_id")},
        messages=[
            Message(one["time"], one["received"], _end(one["peer"]), tuple(one["lines"]), one["body"])
            for one in content["messages"]
        ],
        packets=[
            Packet(
                one["time"],
                one["protocol"],
                _end(one["source"]),
                _end(one["destination"]),
                base64.b64decode(one["payload"]),
            )
            for one in content["packets"]
        ],
        keys=[Key(one["leg"], one["suite"], base64.b64decode(one["material"])) for one in content["keys"]],
    )


def _end(pair: list[Any]) -> tuple[str, int]:
    return str(pair[0]), int(pair[1])


def main() -> int:
    """Exit status 0, or 1 with what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    verbs = parser.add_subparsers(dest="verb", required=True)
    of_call = verbs.add_parser("call")
    of_call.add_argument("caller")
    of_call.add_argument("callee")
    verbs.add_parser("watch").add_argument("seconds", type=float)
    options = parser.parse_args()
    try:
        if options.verb == "call":
            found = call(options.caller, options.callee)
        else:
            found = watch(options.seconds, options.file.with_name(f"{options.file.name}.stop"))
    except (NothingError, calls.CallError) as error:
        print(f"evidence: {error}", file=sys.stderr)
        return 1
    write(found, options.file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
