# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is registered, as the softswitch says: waited for, compared, or said to be missing."""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.siptls.vos.tests.integration.playground import Play

ONE = "sip:gw1@example.com 0A1B 95\n"


def task(**options: Any) -> list[dict[str, Any]]:
    return [{"name": "It", "siptls.vos.registrations": {"command": "cat {{ device }}/registered", **options}}]


def expect(serial: str = "") -> list[dict[str, str]]:
    return [{"aor": "sip:gw1@example.com", "serial_number": serial}]


def test_they_are_told_in_check_mode_too(play: Play) -> None:
    play.device("vos").mkdir()
    (play.device("vos") / "registered").write_text(ONE + "sip:gw2@example.com - -\n")
    for check in (False, True):
        result = play(task(expect=expect("00:0a:1b"), at_least=2), hosts=("vos",), check=check).of("vos")
        assert not result["changed"]
        assert result["count"] == 2
        assert result["registrations"][0] == {"aor": "sip:gw1@example.com", "serial_number": "0a1b", "seconds": 95}
        assert result["unproven"] == []
    unknown = [{"aor": "sip:gw2@EXAMPLE.com", "serial_number": "ff"}]
    assert play(task(expect=unknown), hosts=("vos",)).of("vos")["unproven"] == ["sip:gw2@example.com"]


def test_who_comes_late_is_waited_for(play: Play) -> None:
    play.device("vos").mkdir()
    registered = play.device("vos") / "registered"
    registered.write_text("")
    late = threading.Timer(4, registered.write_text, [ONE])
    late.start()
    result = play(task(expect=expect("0a1b"), wait="60s"), hosts=("vos",)).of("vos")
    late.join()
    assert result["count"] == 1


def test_who_is_missing_or_has_another_certificate_is_named(play: Play) -> None:
    play.device("vos").mkdir()
    (play.device("vos") / "registered").write_text(ONE)
    message = play(task(expect=expect("ff"), wait="2s"), hosts=("vos",), fails=True).message("vos")
    assert "vos: registrations are not as expected after 2 s" in message
    assert "sip:gw1@example.com is registered with certificate 0a1b, not with ff" in message
    message = play(task(at_least=2), hosts=("vos",), fails=True).message("vos")
    assert "1 registrations, expected at least 2" in message


def test_a_softswitch_that_does_not_tell_is_no_softswitch_without_registrations(play: Play) -> None:
    play.device("vos").mkdir()
    message = play(task(), hosts=("vos",), fails=True).message("vos")
    assert "the softswitch does not tell who is registered" in message
    assert "exit status 1: cat:" in message
    (play.device("vos") / "registered").write_text("no such command\n")
    assert "line 1" in play(task(), hosts=("vos",), fails=True).message("vos")
