# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of device_files in real shells: whatever command fails or is killed, a device has the old files or the new ones.

The commands that a script calls are wrapped: the one that is called as the n-th kills the shell, or fails.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.configuration.desired import Configuration, ConfigurationFile
from ansible_collections.siptls.vos.plugins.module_utils.configuration.plan import ConfigurationPlan, plan_for
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.plugin_utils import configuration_place
from ansible_collections.siptls.vos.plugins.plugin_utils.configuration_place import ConfigurationPlace
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device

COMMANDS = ("cat", "chmod", "cp", "ln", "ls", "mkdir", "mv", "openssl", "readlink", "rm", "rmdir", "sed", "sync")
OLD = {"a.conf": "old a\n", "b c.conf": "old b\n", "gone.conf": "old gone\n", "mode.conf": "same\n"}
NEW = {"a.conf": "new a\n", "b c.conf": "new b\n", "mode.conf": "same\n", "deep/new.conf": "new\n"}
# Nothing but what the shell itself has, and the real command by its whole path: a wrapper must not come to call wrappers.
WRAPPER = """#!/bin/sh
echo x >>{count}
n=0
while read -r x; do n=$((n + 1)); done <{count}
read -r at <{at}
if [ "$n" = "$at" ]; then {deed}; fi
exec {real} "$@"
"""
KILL, FAIL = "kill -9 0", "exit 1"


class Shell:
    """Stands for an action plugin whose connection is a shell of this machine."""

    def __init__(self, command: list[str], path: str) -> None:
        self.command = command
        self.path = path
        self.runs = 0
        self._connection = SimpleNamespace(has_pipelining=True, become=None)

    def _compute_environment_string(self, _variables: dict[str, str]) -> None:
        """The task has no environment of its own."""

    def _low_level_execute_command(self, _shell: str, in_data: bytes, encoding_errors: str) -> dict[str, Any]:
        self.runs += 1
        done = subprocess.run(
            self.command,
            input=in_data,
            capture_output=True,
            check=False,
            env={"PATH": self.path},
            timeout=60,
            start_new_session=True,  # so that "kill -9 0" ends this shell and its children, and nothing else
        )
        return {
            "rc": done.returncode,
            "stdout": done.stdout.decode(errors=encoding_errors),
            "stderr": done.stderr.decode(errors=encoding_errors),
        }


def busybox(folder: Path) -> Shell:
    """A shell that finds the applets of BusyBox, openssl, and nothing else."""
    program = shutil.which("busybox")
    assert program, "busybox is not installed; on Debian: apt-get install busybox"
    folder.mkdir()
    for applet in subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split():
        (folder / applet).symlink_to(program)
    (folder / "openssl").unlink(missing_ok=True)
    (folder / "openssl").symlink_to(shutil.which("openssl") or "")
    return Shell([program, "sh"], str(folder))


SHELLS: dict[str, Callable[[Path], Shell]] = {
    "sh": lambda _folder: Shell(["/bin/sh"], os.environ["PATH"]),
    "busybox": busybox,
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return SHELLS[request.param](tmp_path / "bin")


@pytest.fixture(autouse=True)
def work_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed shell leaves in the device's temporary folder stays in the test's own."""
    numbers = itertools.count()
    monkeypatch.setattr(configuration_place, "_work_folder", lambda: f"{tmp_path}/work-{next(numbers)}")


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    for name, content in OLD.items():
        (folder / name).write_text(content)
    (folder / "mode.conf").chmod(0o600)
    return folder


def configuration(etc: Path, reload: str = "true") -> Configuration:
    files = [ConfigurationFile(str(etc / name), content, validate="test -s %s") for name, content in NEW.items()]
    files.insert(2, ConfigurationFile(str(etc / "gone.conf"), present=False))
    # What the service has loaded is what is there while it reloads.
    load = f"{reload} && cd {etc} && rm -rf ../loaded && mkdir ../loaded && cp *.conf ../loaded/"
    return Configuration(tuple(files), (), load, str(etc / "state" / "loaded"))


def converge(shell: Shell, wanted: Configuration) -> ConfigurationPlan:
    place = ConfigurationPlace(Device(shell, "gw1"), wanted)
    looked = place.look(texts=True)
    plan = plan_for(wanted, looked.found)
    if plan.reason:
        place.publish(plan, looked.seen)
    return plan


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "siptls-" not in path.name and path.parent.name != "state"
    }


def assert_converged(etc: Path) -> None:
    assert contents(etc) == NEW
    assert not [path for path in etc.rglob(".*") if "siptls-" in path.name]
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in (etc / name for name in NEW))
    assert contents(etc.parent / "loaded") == {name: text for name, text in NEW.items() if "/" not in name}


def test_one_round_trip_to_see_and_one_to_do(shell: Shell, etc: Path) -> None:
    assert [step.action for step in converge(shell, configuration(etc)).steps] == [
        "changed",
        "changed",
        "removed",
        "owner_or_mode",
        "created",
    ]
    assert shell.runs == 2
    assert_converged(etc)
    assert converge(shell, configuration(etc)).reason == ""
    assert shell.runs == 3


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_keeps_its_mode_where_that_is_wanted_and_a_new_one_gets_the_mode_that_is_told(
    shell: Shell, etc: Path, mode: int
) -> None:
    (etc / "a.conf").chmod(mode)
    files = tuple(
        ConfigurationFile(str(etc / name), "[s]\nx = 1\n", merges=True, keeps_mode=True)
        for name in ("a.conf", "new.conf")
    )
    (etc / "a.conf").write_text("; the operator's\n[t]\npassword = p\n")
    plan = converge(shell, Configuration(files))
    assert [step.action for step in plan.steps] == ["changed", "created"]
    assert "x = 1" in (etc / "a.conf").read_text()
    assert [(etc / name).stat().st_mode & 0o777 for name in ("a.conf", "new.conf")] == [mode, 0o644]
    assert converge(shell, Configuration(files)).reason == ""
    # Without it, the mode that is told counts
    assert (
        "mode is"
        in converge(
            shell, Configuration((ConfigurationFile(str(etc / "a.conf"), files[0].content, merges=True),))
        ).reason
    )


@pytest.mark.parametrize(
    "text", ["", "\n", "one", "one\n", "\n\none\n\n", "a\r\nb\r\n", "  blank\n", "\udcff\udcfe\n", "ü €\n"]
)
def test_any_text_comes_and_goes_as_it_is(shell: Shell, etc: Path, text: str) -> None:
    path = etc / "a.conf"
    path.write_bytes(text.encode(errors="surrogateescape"))
    wanted = Configuration((ConfigurationFile(str(path), text),))
    found = ConfigurationPlace(Device(shell, "gw1"), wanted).look(texts=True).found.files[str(path)]
    assert (
        found.text,
        plan_for(wanted, ConfigurationPlace(Device(shell, "gw1"), wanted).look(texts=True).found).reason,
    ) == (text, "")
    path.unlink()
    converge(shell, wanted)
    assert path.read_bytes() == text.encode(errors="surrogateescape")


MERGED = "[s]\na = 2\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"[s]\r\nA: 1\r\n[t]\r\nn = \xb9\xe3\xd5\\\r\n", b"[s]\r\na: 2\r\n[t]\r\nn = \xb9\xe3\xd5\\\r\n"),
        (b"\xef\xbb\xbf[s]\na=1\nb=\xe9", b"\xef\xbb\xbf[s]\na = 2\nb=\xe9"),
    ],
    ids=["GBK, CRLF and colons", "UTF-8 mark and Latin-1"],
)
def test_merging_keeps_the_bytes_of_others(shell: Shell, etc: Path, before: bytes, after: bytes) -> None:
    path = etc / "a.conf"
    path.write_bytes(before)
    wanted = Configuration((ConfigurationFile(str(path), MERGED, merges=True),))
    converge(shell, wanted)
    assert path.read_bytes() == after
    assert converge(shell, wanted).reason == ""


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("\ufeff[s]\r\na = 1\r\n".encode("utf-16-le"), "a.conf: .*UTF-16"),
        ("[s]\r\na = 1\r\n".encode("utf-16-be"), "a.conf: .*UTF-16"),
        (b"#\n" * 700_000, "a.conf: .*too large.*1048576 bytes.*1400000 bytes"),
        (b"[s]\n" + b" " * 100_000 + b"\n", "a.conf: .*line 2 is too long.*65536 bytes"),
    ],
    ids=["UTF-16 with a mark", "UTF-16 without one", "large file", "long line"],
)
def test_a_file_that_cannot_be_merged_stays_as_it_is(shell: Shell, etc: Path, before: bytes, words: str) -> None:
    path = etc / "a.conf"
    path.write_bytes(before)
    others = [ConfigurationFile(str(etc / "b c.conf"), "new\n"), ConfigurationFile(str(path), MERGED, merges=True)]
    with pytest.raises(SiptlsError, match=words):
        converge(shell, Configuration(tuple(others)))
    assert path.read_bytes() == before
    assert (etc / "b c.conf").read_text() == OLD["b c.conf"]


def test_a_reload_that_fails_leaves_the_old_files_loaded(shell: Shell, etc: Path) -> None:
    before = contents(etc)
    with pytest.raises(SiptlsError, match=r"no such cipher.*the service is reloaded with them"):
        converge(shell, configuration(etc, f"if grep new {etc}/a.conf; then echo no such cipher; exit 1; fi"))
    assert contents(etc) == before
    assert contents(etc.parent / "loaded") == before
    assert (etc / "mode.conf").stat().st_mode & 0o777 == 0o600
    assert not (etc / "deep").exists()
    converge(shell, configuration(etc))
    assert_converged(etc)


def test_a_file_that_changes_between_look_and_publication_is_not_overwritten(shell: Shell, etc: Path) -> None:
    wanted = configuration(etc)
    place = ConfigurationPlace(Device(shell, "gw1"), wanted)
    looked = place.look(texts=True)
    (etc / "a.conf").write_text("by the operator\n")
    with pytest.raises(SiptlsError, match="files changed on the device while this task was at work"):
        place.publish(plan_for(wanted, looked.found), looked.seen)
    assert contents(etc) == {**OLD, "a.conf": "by the operator\n"}


class Trouble:
    """A shell whose n-th command kills it, or fails."""

    def __init__(self, folder: Path, deed: str) -> None:
        self.count, self.at = folder / "count", folder / "at"
        path = folder / "wrapped"
        path.mkdir()
        for command in COMMANDS:
            real = shutil.which(command)
            assert real
            (path / command).write_text(WRAPPER.format(count=self.count, at=self.at, deed=deed, real=real))
            (path / command).chmod(0o755)
        self.shell = Shell(["/bin/sh"], f"{path}:{os.environ['PATH']}")
        self.healthy = Shell(["/bin/sh"], os.environ["PATH"])

    def strike(self, number: int) -> None:
        self.count.write_text("")
        self.at.write_text(f"{number}\n")

    @property
    def struck(self) -> bool:
        return len(self.count.read_text().splitlines()) >= int(self.at.read_text())


def restore(etc: Path) -> None:
    for path in (etc, etc.parent / "loaded"):
        shutil.rmtree(path, ignore_errors=True)
    etc.mkdir()
    for name, content in OLD.items():
        (etc / name).write_text(content)
    (etc / "mode.conf").chmod(0o600)


def assert_old_or_new(etc: Path, number: int) -> None:
    """Each file whole, and none missing that is both old and new."""
    for name, content in contents(etc).items():
        assert content in (OLD.get(name), NEW.get(name)), f"command {number}: {name}"
    assert {*contents(etc)} >= {*OLD} & {*NEW}, f"command {number}"


@pytest.mark.nightly
def test_a_shell_killed_at_any_command_leaves_whole_files_and_the_next_run_does_the_rest(
    etc: Path, tmp_path: Path
) -> None:
    trouble = Trouble(tmp_path, KILL)
    kills = 0
    for number in range(1, 400):
        restore(etc)
        trouble.strike(number)
        try:
            converge(trouble.shell, configuration(etc))
        except SiptlsError:
            kills += 1
        if not trouble.struck:
            break
        assert_old_or_new(etc, number)
        converge(trouble.healthy, configuration(etc))
        assert_converged(etc)
        assert converge(trouble.healthy, configuration(etc)).reason == "", number
    assert not trouble.struck
    assert kills > 30


def test_whatever_command_fails_the_files_and_what_is_loaded_agree(etc: Path, tmp_path: Path) -> None:
    """A failure that is told leaves all files old; one that is not told leaves all new."""
    trouble = Trouble(tmp_path, FAIL)
    failures = 0
    for number in range(1, 400):
        restore(etc)
        trouble.strike(number)
        try:
            converge(trouble.shell, configuration(etc))
        except SiptlsError as error:
            failures += 1
            found = contents(etc)
            assert found == OLD or (found == NEW and "the files are in place" in str(error)), (
                f"command {number}: {error}"
            )
        else:
            assert contents(etc) == NEW, f"command {number}"
        if not trouble.struck:
            break
        converge(trouble.healthy, configuration(etc))
        assert_converged(etc)
    assert not trouble.struck
    assert failures > 15
