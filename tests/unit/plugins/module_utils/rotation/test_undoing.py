# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes back after a failure of siptls.vos.site, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.rotation.undoing import Undone, goes_back

BEFORE = {"before": {"serial_number": "0a"}}
CAUSE = "gw1: the reload failed."


@pytest.mark.parametrize(
    ("result", "back"),
    [
        ({**BEFORE, "serial_number": "0b"}, True),
        ({**BEFORE, "serial_number": "0a"}, False),
        # A task that failed
        (BEFORE, False),
        ({"failed": True, "msg": "no"}, False),
        # Its first certificate
        ({"serial_number": "0b"}, False),
        ({"before": {}, "serial_number": "0b"}, False),
        (None, False),
        ("no", False),
    ],
)
def test_whether_the_certificate_of_before_comes_back(result: Any, back: bool) -> None:
    assert goes_back(result) is back


@pytest.mark.parametrize(
    ("certificate", "configuration", "file", "lost", "said"),
    [
        (True, False, "", False, f"{CAUSE} The certificate of before is back in use."),
        (False, True, "/etc/gw.conf", False, f"{CAUSE} /etc/gw.conf is as it was before, and loaded."),
        (False, True, "", False, f"{CAUSE} The configuration files are as they were before, and reloaded."),
        (
            True,
            True,
            "/etc/gw.conf",
            True,
            f"{CAUSE} The certificate of before is back in use. /etc/gw.conf is as it was before, and loaded. "
            "It does not register with that either.",
        ),
        # The cause was shown just before, and is not shown again
        (False, False, "", False, "the task 'Load it' failed, with the error above. Nothing had to be undone"),
    ],
)
def test_what_is_said(certificate: bool, configuration: bool, file: str, lost: bool, said: str) -> None:
    undone = Undone("Load it", CAUSE, certificate=certificate, configuration=configuration, file=file, is_lost=lost)
    assert undone.words() == said
