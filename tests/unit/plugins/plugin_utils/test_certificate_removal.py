# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection put into a directory of certificates goes, in real shells, whatever command fails or is killed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device
from ansible_collections.siptls.vos.tests.unit.plugins.plugin_utils import test_configuration_place as place
from ansible_collections.siptls.vos.tests.unit.plugins.plugin_utils.test_configuration_place import (
    FAIL,
    KILL,
    Shell,
    Trouble,
)

shell = place.shell
FILES = {"certificate": "gateway.crt", "private_key": "gateway.key", "trust_bundle": "ca.crt"}


def installed(certs: Path, *, imported: bool) -> None:
    """A directory as device_certificate leaves it.

    :param imported: whether a pair and a trust bundle of other origin were there before
    """
    generation = certs / "generations" / "01AB"
    generation.mkdir(parents=True)
    (certs / "current").symlink_to("generations/01AB")
    (certs / "staging").mkdir()
    for name in ("gateway.crt", "gateway.key"):
        (generation / name).write_text(f"our {name}\n")
        (certs / name).symlink_to(f"current/{name}")
    (certs / "ca.crt").write_text("our anchors\n")
    if imported:
        before = certs / "generations" / "imported"
        before.mkdir()
        for name in ("gateway.crt", "gateway.key"):
            (before / name).write_text(f"their {name}\n")
        (certs / ".ca.crt.siptls-original").write_text("their anchors\n")
    else:
        (certs / ".ca.crt.siptls-absent").write_text("")


def remove(shell: Shell, certs: Path, *, rehearsal: bool = False) -> list[str]:
    """Removes, and returns what the device said that it removes or restores."""
    parameters = {"directory": str(certs), **FILES, "rehearsal": "y" if rehearsal else ""}
    answer = Device(shell, "gw1").run("certificate_remove.sh", parameters)  # type: ignore[arg-type]
    return [value for name, value, _body in answer.fields if name in ("removed", "restored")]


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): "" if path.is_dir() else path.read_text() for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("imported", [False, True])
def test_what_was_there_before_is_there_again_and_a_second_time_nothing_goes(
    shell: Shell, tmp_path: Path, imported: bool
) -> None:
    certs = tmp_path / "etc" / "certs"
    installed(certs, imported=imported)
    before = tree(tmp_path / "etc")
    foretold = remove(shell, certs, rehearsal=True)
    assert tree(tmp_path / "etc") == before
    assert remove(shell, certs) == foretold != []
    pair = {f"certs/{name}": f"their {name}\n" for name in ("gateway.crt", "gateway.key")}
    kept = {"certs": "", "certs/ca.crt": "their anchors\n", **pair}
    assert tree(tmp_path / "etc") == (kept if imported else {})
    assert remove(shell, certs) == []


def test_a_directory_that_was_empty_before_stays(shell: Shell, tmp_path: Path) -> None:
    certs = tmp_path / "etc" / "certs"
    certs.mkdir(parents=True)
    assert remove(shell, certs) == []
    assert tree(tmp_path / "etc") == {"certs": ""}


@pytest.mark.parametrize("deed", [KILL, FAIL])
@pytest.mark.parametrize("imported", [False, True])
def test_whatever_command_is_struck_the_next_run_removes_the_rest(tmp_path: Path, deed: str, imported: bool) -> None:
    trouble = Trouble(tmp_path, deed)
    struck = 0
    for number in range(1, 60):
        etc = tmp_path / f"etc-{number}"
        installed(etc / "certs", imported=imported)
        trouble.strike(number)
        with suppress(SiptlsError):
            remove(trouble.shell, etc / "certs")
        struck += trouble.struck
        remove(trouble.healthy, etc / "certs")
        assert ("certs" in tree(etc)) is imported, f"command {number}"
        assert not [path for path in tree(etc) if "siptls" in path or "generations" in path], f"command {number}"
        if not trouble.struck:
            break
    assert not trouble.struck
    assert struck > 10
