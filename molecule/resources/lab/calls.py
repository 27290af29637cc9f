# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls between gateways of the lab, through the control interface of their SIP client.

    python -m lab.calls dial gw1 gw2      makes a call and prints its identifier once it is up on both sides
    python -m lab.calls list gw1          the lines of a gateway
    python -m lab.calls hang-up gw1 ID    ends a call, from this side

Media is SRTP, and goes through the relay of the softswitch.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass

from lab.registrar import podman_exec

PATIENCE = 10
#: Exit status of gateway_control where no SIP client listens
IS_DOWN = 3
DOMAIN = "example.com"


class CallError(Exception):
    """A gateway did not do what it was told to, and what it said instead."""


@dataclass(frozen=True)
class Line:
    """A call as one of its gateways has it.

    :ivar identifier: of the call at both of its gateways
    :ivar seconds: since it was answered
    :ivar state: in capitals: ESTABLISHED, or how far it is on the way there
    :ivar peer: the SIP URI of the other side
    """

    identifier: str
    seconds: int
    state: str
    peer: str


def dial(caller: str, callee: str) -> Line:
    """A call from one gateway to another, once it is up on both sides.

    :raises CallError: it was not after some seconds
    """
    said = control(caller, "dial", f"sip:{callee}@{DOMAIN}")
    identifier = said.strip().removeprefix("call id: ")
    give_up = time.monotonic() + PATIENCE
    while True:
        found = [line(gateway, identifier) for gateway in (caller, callee)]
        up = [one for one in found if one and one.state == "ESTABLISHED"]
        if len(up) == len(found):
            return up[0]
        if time.monotonic() > give_up:
            raise CallError(f"{caller} called {callee}, and after {PATIENCE} s the two say {found}")
        time.sleep(0.2)


def hang_up(gateway: str, identifier: str) -> None:
    """Ends a call from the side of this gateway, and waits until neither has it any more.

    :raises CallError: it has no such call, or one of them has it still after some seconds
    """
    have = line(gateway, identifier)
    if not have:
        raise CallError(f"{gateway} has no call {identifier} to hang up")
    other = have.peer.removeprefix("sip:").partition("@")[0]
    control(gateway, "hangup", identifier)
    give_up = time.monotonic() + PATIENCE
    while line(gateway, identifier) or line(other, identifier):
        if time.monotonic() > give_up:
            raise CallError(f"{gateway} hung up call {identifier}, which is not over after {PATIENCE} s")
        time.sleep(0.2)


def line(gateway: str, identifier: str) -> Line | None:
    """This call as this gateway has it, if it has."""
    return next((one for one in lines(gateway) if one.identifier == identifier), None)


def lines(gateway: str) -> list[Line]:
    """All calls of a gateway."""
    found = re.findall(
        r"\[line \d+, id (\S+)\]\s+(\d+):(\d\d):(\d\d)\s+(\S+)\s+(?:\(on hold\)\s+)?(\S+)",
        control(gateway, "listcalls"),
    )
    return [
        Line(identifier, int(hours) * 3600 + int(minutes) * 60 + int(seconds), state, peer)
        for identifier, hours, minutes, seconds, state, peer in found
    ]


def datagrams(gateway: str) -> tuple[int, int]:
    """How many UDP datagrams have reached a gateway and left it so far, at one moment.

    Nothing but media is UDP here: with a call up, 50 a second each way, and fewer of both where the machine is busy.
    """
    names, values = re.findall(r"^Udp: (.*)$", podman_exec(f"siptls-{gateway}", "cat", "/proc/net/snmp"), re.MULTILINE)
    counted = dict(zip(names.split(), values.split(), strict=True))
    return int(counted["InDatagrams"]), int(counted["OutDatagrams"])


def control(gateway: str, command: str, parameters: str = "") -> str:
    """What the SIP client of a gateway says to a command.

    :raises CallError: it does not carry it out, or is down
    """
    try:
        response = json.loads(podman_exec(f"siptls-{gateway}", "gateway_control", command, parameters))
    except subprocess.CalledProcessError as error:
        reason = "its SIP client is down" if error.returncode == IS_DOWN else error.stderr.strip()
        raise CallError(f"{gateway}: {command} {parameters}: {reason}") from None
    if not response["ok"]:
        raise CallError(f"{gateway}: {command} {parameters}: {response['data'].strip()}")
    return str(response["data"])


def main() -> int:
    """Exit status 0, or 1 with what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, *arguments in (("dial", "caller", "callee"), ("list", "gateway"), ("hang-up", "gateway", "identifier")):
        added = verbs.add_parser(verb)
        for argument in arguments:
            added.add_argument(argument)
    options = parser.parse_args()
    try:
        if options.verb == "dial":
            print(dial(options.caller, options.callee).identifier)
        elif options.verb == "list":
            for one in lines(options.gateway):
                print(one.identifier, one.seconds, one.state, one.peer)
        else:
            hang_up(options.gateway, options.identifier)
    except CallError as error:
        print(f"calls: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
