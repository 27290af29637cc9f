# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look of a verification, run by a real shell: what it tells of files and of the processor, and what it leaves out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.plugin_utils.answer import Answer, parse_answer
from ansible_collections.siptls.vos.plugins.plugin_utils.device import _program
from ansible_collections.siptls.vos.plugins.plugin_utils.verification import _ahead, _connections, _modes

X86 = "processor\t: 0\nflags\t\t: fpu vme {}\nbugs\t\t: spectre\nflags\t\t: fpu vme\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd {}\nCPU part\t: 0xd0c\n"


def looked(folder: Path, *, cpuinfo: str = "", connections: str = "") -> Answer:
    """What the script says in this folder."""
    (folder / "cpuinfo").write_text(cpuinfo)
    parameters = {
        "certificate": str(folder / "gateway.crt"),
        "private_key": str(folder / "gateway.key"),
        "trust_bundle": str(folder / "ca.crt"),
        "crl": "",
        "numeric": "",
        "connections_command": connections,
        "cpuinfo": str(folder / "cpuinfo"),
    }
    program = _program("verification_look.sh", parameters, "token", 60)
    done = subprocess.run(["/bin/sh"], input=program, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    answer = parse_answer(done.stdout, "token")
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        (X86.format("aes avx"), "flags yes"),
        (X86.format("vaes avx"), "flags no"),
        (ARM.format("aes pmull"), "Features yes"),
        (ARM.format("aes"), "Features yes"),
        (ARM.format("crc32"), "Features no"),
        ("cpu\t: POWER9\n", None),
        ("", None),
    ],
)
def test_processor(tmp_path: Path, cpuinfo: str, expected: str | None) -> None:
    assert looked(tmp_path, cpuinfo=cpuinfo).value("processor") == expected


def test_files_that_are_missing_and_modes_behind_symlinks(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("secret\n")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "gateway.key").symlink_to("real")
    (tmp_path / "ca.crt").write_text("bundle\n")
    answer = looked(tmp_path)
    assert [answer.value(name) for name in ("certificate", "private_key", "trust_bundle", "crl")] == [
        "missing",
        "there",
        "there",
        "unused",
    ]
    # It is no certificate, so nothing of it is told but that there is a line
    assert answer.body("trust_bundle") == "#\n"
    assert not any("secret" in body for _name, _value, body in answer.fields)
    modes = _modes(answer)
    assert set(modes) == {"private_key", "trust_bundle", "folder"}
    assert modes["private_key"].permissions == "rw-r-----"


def test_connections_that_are_not_told_are_no_connections_at_all(tmp_path: Path) -> None:
    def found(command: str) -> tuple[object, str]:
        return _connections(looked(tmp_path, connections=command), "vos")

    connections, problem = found("echo 10.0.0.1:5061 0a1b 7")
    assert [(one.peer, one.serial, one.seconds) for one in connections] == [("10.0.0.1:5061", "0a1b", 7)]  # type: ignore[attr-defined]
    assert problem == ""
    assert found("true") == ((), "")
    assert found("echo no such socket; exit 3") == (
        None,
        "the command that tells the connections ended with status 3: no such socket",
    )
    assert found("echo not a connection")[0] is None
    assert found("")[0] is None


@pytest.mark.parametrize(
    ("began", "ended", "before", "after", "ahead"),
    [
        (100, 103, 100.2, 103.9, 0),
        (100, 103, 99.0, 104.0, 0),
        (400, 403, 100.2, 103.9, 300),
        (40, 43, 100.2, 103.9, -60),
        (101, 109, 100.2, 109.9, 0),
    ],
)
def test_clock_is_off_by_what_cannot_be_waiting(
    began: int, ended: int, before: float, after: float, ahead: int
) -> None:
    answer = Answer((("began", str(began), ""), ("ended", str(ended), "")))
    assert _ahead(answer, before, after) == ahead
