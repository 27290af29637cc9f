# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection held by a device, turn by turn: what the device is told, what is made of its answers, and that it is always closed."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import HeaderField, Request
from ansible_collections.siptls.vos.plugins.module_utils.sip.talk import Heard, Hold, Talk, Turn
from ansible_collections.siptls.vos.plugins.plugin_utils.answer import Answer
from ansible_collections.siptls.vos.plugins.plugin_utils.conversation import Conversation
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device
from ansible_collections.siptls.vos.plugins.plugin_utils.limits import LimitError, Limits

PING = Request(method="OPTIONS", uri="sip:x", headers=(HeaderField("X-Secret", "key"),))
OK = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


class Script:
    """Stands in for a device: gives these answers, and keeps what it was told."""

    def __init__(self, *answers: Answer, fails_at: int = 0) -> None:
        self.answers = list(answers)
        self.fails_at = fails_at
        self.error = SiptlsError("gone")
        self.told: list[Mapping[str, str]] = []
        self.secret: list[bool] = []

    def run(self, script: str, parameters: Mapping[str, str], *, secret: bool = False, seconds: float = 0) -> Answer:
        assert script == "tls_talk.sh"
        self.told.append(parameters)
        self.secret.append(secret)
        if len(self.told) == self.fails_at:
            raise self.error
        return self.answers.pop(0) if self.answers else Answer(())


def answer(out: bytes = b"", *flags: str, **values: Any) -> Answer:
    """What the script prints: flags are fields without a value."""
    values = {"clock": int(time.time()), **values}
    fields = [(name, str(value), "") for name, value in values.items()]
    fields += [(flag, "", "") for flag in flags]
    return Answer((*fields, ("out", "", base64.encodebytes(out).decode())))


def conversation(script: Script) -> Conversation:
    return Conversation(cast(Device, script), {"connect": "x:5061"}, lifetime=60)


def turns(*holds: Hold) -> Talk[list[Heard]]:
    """So many turns, and all that was heard."""
    found = []
    for hold in holds:
        found.append((yield Turn((PING,), 5, hold)))
    return found


def verbs(script: Script) -> list[str]:
    return [one["verb"] for one in script.told]


def test_the_first_turn_opens_and_the_end_closes() -> None:
    script = Script(answer(OK, started=100, connected=130, answered=145), answer(OK + OK, started=200, answered=204))
    with conversation(script) as talk:
        heard = talk.run(turns(Hold.ALWAYS, Hold.ALWAYS))
        assert talk.milliseconds == 30
    assert verbs(script) == ["open", "turn", "close"]
    assert script.told[0]["connect"] == "x:5061"
    assert "connect" not in script.told[1]
    assert len({one["token"] for one in script.told}) == 1
    assert [one.milliseconds for one in heard] == [15, 4]
    assert [len(one.messages) for one in heard] == [1, 1], "what was heard before is not heard again"
    assert heard[0].begun


def test_what_is_said_travels_as_a_secret() -> None:
    script = Script(answer(), answer())
    with conversation(script) as talk:
        talk.run(turns(Hold.ALWAYS, Hold.NEVER))
    assert script.secret[:2] == [True, True]
    assert base64.b64decode(script.told[0]["octets"]) == PING.render()
    assert [one["hold"] for one in script.told[:2]] == ["always", "never"]


def test_a_connection_that_the_device_has_ended_is_not_closed_again() -> None:
    script = Script(answer(OK, "over", started=1, connected=2, answered=3))
    with conversation(script) as talk:
        heard = talk.run(turns(Hold.NEVER, Hold.ALWAYS))
    assert verbs(script) == ["open"]
    assert [one.over for one in heard] == [False, True]
    script = Script(answer(b"", "ended", "over"))
    with conversation(script) as talk:
        assert talk.run(turns(Hold.ALWAYS))[0].over
    assert verbs(script) == ["open"]


def test_what_is_no_sip_is_a_fault() -> None:
    with conversation(Script(answer(b"HTTP/1.1 200 OK\r\n\r\n", started=1, connected=2))) as talk:
        heard = talk.run(turns(Hold.ALWAYS))
    assert heard[0].fault
    assert heard[0].messages == ()


def test_it_is_closed_whatever_happens() -> None:
    script = Script(answer(), fails_at=2)
    with pytest.raises(SiptlsError, match="gone"), conversation(script) as talk:
        talk.run(turns(Hold.ALWAYS, Hold.ALWAYS))
    assert verbs(script) == ["open", "turn", "close"]


def test_a_device_that_hangs_is_not_asked_to_close() -> None:
    script = Script(answer(), fails_at=2)
    script.error = Limits(1, 1).too_slow("gw1", "tls_talk.sh")
    with pytest.raises(LimitError), conversation(script) as talk:
        talk.run(turns(Hold.ALWAYS, Hold.ALWAYS))
    assert verbs(script) == ["open", "turn"]


@pytest.mark.parametrize(
    "lie",
    [{"clock": "9" * 400}, {"clock": ""}, {"clock": "x"}, {"started": "9" * 400}, {"started": "-", "connected": 1}],
)
def test_a_clock_that_is_none_is_an_error_and_no_difference_of_decades(lie: dict[str, Any]) -> None:
    script = Script(answer(OK, **{"started": 1, "connected": 2, "finished": 3, **lie}))
    with conversation(script) as talk, pytest.raises(SiptlsError, match="the device's answer cannot be read"):
        talk.run(turns(Hold.ALWAYS))


@pytest.mark.parametrize(("off", "least", "most"), [(0, 0, 0), (172800, 172797, 172801), (-172800, -172802, -172798)])
def test_the_clock_of_the_device(off: int, least: int, most: int) -> None:
    """It was read when the waiting began, which may be long ago when the answer comes."""

    class Slow(Script):
        def run(
            self, script: str, parameters: Mapping[str, str], *, secret: bool = False, seconds: float = 0
        ) -> Answer:
            if parameters["verb"] == "open":
                self.answers = [answer(clock=int(time.time()) + off, started=1000, finished=3000)]
            return super().run(script, parameters, secret=secret, seconds=seconds)

    with conversation(Slow()) as talk:
        talk.run(turns(Hold.ALWAYS))
        assert least <= talk.clock <= most


def test_nothing_is_run_before_something_is_said() -> None:
    script = Script()
    with conversation(script) as talk:
        no_turns: Sequence[Hold] = ()
        assert talk.run(turns(*no_turns)) == []
    assert script.told == []
