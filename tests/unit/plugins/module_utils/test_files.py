# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""files.py under faults: a child process is ended at every single call that it makes of the system, one after the other."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils import files
from ansible_collections.siptls.vos.plugins.module_utils.files import (
    NewFile,
    create_directory,
    create_file,
    replace_file,
)

OLD, NEW = b"old state\n" * 3000, b"NEW STATE\n" * 3000
WRITES = {
    "create_file": "create_file(Path('new/deep/target'), NewFile(NEW, 0o640))",
    "replace_file": "replace_file(Path('target'), NewFile(NEW, 0o600))",
    "create_directory": "create_directory(Path('deep/target'), {'a': NewFile(NEW), 'key': NewFile(NEW, 0o600)})",
}
CHILD = """
import io, os, signal, sys
from pathlib import Path
from ansible_collections.siptls.vos.plugins.module_utils.files import NewFile, create_directory, create_file, replace_file

NEW = b"NEW STATE\\n" * 3000
budget = int(sys.argv[1])

def spend():
    global budget
    budget -= 1
    if budget < 0:
        os.kill(os.getpid(), signal.SIGKILL)

def fragile(module, name):
    real = getattr(module, name)
    def call(*args, **kwargs):
        spend()                      # dies before the call ...
        answer = real(*args, **kwargs)
        spend()                      # ... or as soon as it is done
        return answer
    setattr(module, name, call)

class HalfWritten(io.BufferedWriter):
    # A write that is cut short: half of it reaches the file, then the power goes.
    def write(self, data):
        spend()
        half = len(data) // 2
        super().write(data[:half]); super().flush()
        spend()
        super().write(data[half:]); super().flush()
        spend()
        return len(data)

def fragile_open(file, mode="r", *args, **kwargs):
    if isinstance(file, int) and mode == "wb":
        return HalfWritten(io.FileIO(file, "wb"))
    return io.open(file, mode, *args, **kwargs)

import builtins
builtins.open = fragile_open
for name in "open close link rename replace unlink mkdir rmdir fsync fchmod chmod".split():
    fragile(os, name)
exec(sys.argv[2])
print("spent", int(sys.argv[1]) - budget)
"""


def run_child(folder: Path, statement: str, budget: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(budget), statement],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def state(target: Path) -> object:
    """What somebody who looks for the target sees: nothing, a file's bytes and mode, or a directory's."""
    if target.is_dir():
        return {path.name: state(path) for path in target.iterdir()}
    return (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) if target.exists() else None


@pytest.mark.parametrize("write", WRITES)
def test_a_write_killed_at_any_point_leaves_the_old_state_or_the_new_one(write: str, tmp_path: Path) -> None:
    statement = WRITES[write]
    whole = tmp_path / "whole"
    whole.mkdir()
    done = run_child(whole, statement, 10**6)
    assert done.returncode == 0, done.stderr
    points = int(done.stdout.split()[1])
    assert points > 15, "the faults are not where the writing is"
    relative = next(path for path in whole.rglob("target")).relative_to(whole)
    new = state(whole / relative)

    seen = []
    for point in range(points):
        folder = tmp_path / f"at-{point}"
        folder.mkdir()
        if write == "replace_file":
            (folder / "target").write_bytes(OLD)
            (folder / "target").chmod(0o644)
        before = state(folder / relative)
        killed = run_child(folder, statement, point)
        assert killed.returncode == -9, (point, killed.stderr)
        after = state(folder / relative)
        assert after in (before, new), f"neither old nor new after dying at point {point}"
        seen.append(after == new)

        again = run_child(folder, statement, 10**6)
        if after == new and write != "replace_file":
            assert "FileExistsError" in again.stderr
        else:
            assert again.returncode == 0, again.stderr
        assert state(folder / relative) == new
        for left in folder.rglob(".*.tmp"):
            assert left.is_dir() or stat.S_IMODE(left.stat().st_mode) in (0o600, 0o640), "what is left over is readable"
    assert seen == sorted(seen), "once the new state is there, it stays"
    assert not seen[0]
    assert seen[-1]


def test_nothing_is_left_beside_what_was_written(tmp_path: Path) -> None:
    create_file(tmp_path / "a/file", NewFile(b"1"))
    replace_file(tmp_path / "a/file", NewFile(b"2"))
    create_directory(tmp_path / "b/folder", {"x": NewFile(b"3")})
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert names == ["a", "a/file", "b", "b/folder", "b/folder/x"]
    assert (tmp_path / "a/file").read_bytes() == b"2"


def test_a_file_that_is_there_is_never_created_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "file", NewFile(b"other"))
    assert (tmp_path / "file").read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", ["directory", "file", "symlink"])
def test_a_directory_that_is_there_is_never_created_again(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    if kind == "directory":
        target.mkdir()
        (target / "x").write_bytes(b"precious")
    elif kind == "file":
        target.write_bytes(b"precious")
    else:
        (tmp_path / "elsewhere").mkdir()
        target.symlink_to("elsewhere")
    before = state(target)
    with pytest.raises(FileExistsError):
        create_directory(target, {"x": NewFile(b"other")})
    assert state(target) == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_are_as_told_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        create_directory(tmp_path / "d", {"open": NewFile(b"", 0o644), "key": NewFile(b"", 0o600)})
        create_file(tmp_path / "f", NewFile(b"", 0o644))
        replace_file(tmp_path / "r", NewFile(b"", 0o600))
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("d", "d/open", "d/key", "f", "r")}
    assert modes == {"d": 0o755, "d/open": 0o644, "d/key": 0o600, "f": 0o644, "r": 0o600}


def test_a_key_is_0600_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while it is written, whatever mode it is to have in the end."""
    seen = []
    real = os.fchmod

    def look_first(descriptor: int, mode: int) -> None:
        found = os.fstat(descriptor)
        seen.append((found.st_size, stat.S_IMODE(found.st_mode)))
        real(descriptor, mode)

    monkeypatch.setattr(files.os, "fchmod", look_first)
    before = os.umask(0)
    try:
        create_file(tmp_path / "key", NewFile(NEW, 0o644))
        create_directory(tmp_path / "d", {"key": NewFile(NEW, 0o644)})
    finally:
        os.umask(before)
    assert seen == [(len(NEW), 0o600)] * 2


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(OLD)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    for write in (
        lambda: replace_file(tmp_path / "file", NewFile(NEW)),
        lambda: create_file(tmp_path / "other", NewFile(NEW)),
        lambda: create_directory(tmp_path / "folder", {"x": NewFile(NEW)}),
    ):
        with pytest.raises(OSError, match="No space left"):
            write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": OLD}
