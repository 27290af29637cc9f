# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""files.py under faults: a child process is ended at every single call that it makes of the system, one after the other."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils import files
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.files import (
    NewFile,
    create_directory,
    create_file,
    exclusive,
    flush_file_system,
    link_file,
    make_folder,
    replace_file,
    write_unflushed,
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
        with pytest.raises(SiptlsError, match="No space left on device. Remedy: make room"):
            write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": OLD}


def lock(path: Path) -> None:
    with exclusive(path):
        pass


#: Everything that writes, by the name of what it writes
WRITERS = {
    "create_file": lambda path: create_file(path, NewFile(NEW)),
    "replace_file": lambda path: replace_file(path, NewFile(NEW)),
    "create_directory": lambda path: create_directory(path, {"x": NewFile(NEW)}),
    "write_unflushed": lambda path: write_unflushed(str(path), NewFile(NEW)),
    "make_folder": make_folder,
    "exclusive": lock,
    "flush_file_system": flush_file_system,
}
REFUSALS = {
    errno.ENOSPC: "room on the file system",
    errno.EDQUOT: "quota",
    errno.EROFS: "mounted read-write",
    errno.EACCES: f"let the user {os.geteuid()}, who runs Ansible, write to the folder",
    errno.EPERM: "who runs Ansible",
    errno.EIO: "kernel's log",
    errno.EXDEV: "'File system of the controller'",
}


@pytest.mark.parametrize("number", REFUSALS, ids=errno.errorcode.get)
@pytest.mark.parametrize("writer", WRITERS)
def test_what_a_file_system_refuses_is_told_with_the_file_the_need_and_the_fix(
    writer: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    for name in ("open", "mkdir", "rename"):
        monkeypatch.setattr(files.os, name, refuse)
    with pytest.raises(SiptlsError) as caught:
        WRITERS[writer](tmp_path / "target")
    monkeypatch.undo()
    error = caught.value
    assert str(tmp_path / "target") in error.where
    assert os.strerror(number) in error.found
    assert REFUSALS[number] in str(error)
    assert error.remedy
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK], ids=errno.errorcode.get)
def test_without_hard_links_a_file_is_created_all_the_same_and_never_over_another(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "link", refuse)
    create_file(tmp_path / "a", NewFile(b"first", 0o600))
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "a", NewFile(b"second"))
    link_file(tmp_path / "a", tmp_path / "b")
    with pytest.raises(FileExistsError):
        link_file(tmp_path / "a", tmp_path / "b")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"first", "b": b"first"}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_without_hard_links_and_renameat2_the_need_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", refuse)
    monkeypatch.setattr(files, "_rename_to_free_name", lambda *_names: errno.EINVAL)
    with pytest.raises(SiptlsError, match="Expected: hard links .*RENAME_NOREPLACE.*Remedy: move the folder"):
        create_file(tmp_path / "a", NewFile(b"first"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def test_a_file_system_without_locks_is_told(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.fcntl, "lockf", refuse)
    with pytest.raises(SiptlsError, match=r"has no locks.*Expected: advisory locks.*Remedy: NFS: start rpc.statd"):
        lock(tmp_path / "lock")


def test_a_folder_that_cannot_be_flushed_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", refuse)
    for name in ("create_file", "replace_file", "create_directory", "make_folder"):
        WRITERS[name](tmp_path / "new" / name)
        assert (tmp_path / "new" / name).exists()


def test_a_private_file_needs_a_file_system_that_keeps_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """vfat refuses chmod(2) and shows every file with the mode of its mount options."""

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "fchmod", refuse)
    replace_file(tmp_path / "public", NewFile(b"1", 0o644))
    replace_file(tmp_path / "key", NewFile(b"1", 0o600))  # as it is with umask=077 in the mount options
    monkeypatch.setattr(files, "PRIVATE", 0o644)
    with pytest.raises(SiptlsError, match=r"permission bits.*Expected: mode 0600.*Found: mode 0644.*umask=077"):
        write_unflushed(str(tmp_path / "other"), NewFile(b"1", 0o600))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_folders_get_their_modes_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        create_file(tmp_path / "a/b/file", NewFile(b""))
        replace_file(tmp_path / "c/file", NewFile(b""), folder_mode=0o700)
        lock(tmp_path / "d/lock")
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "c", "d")}
    assert modes == {"a": 0o755, "a/b": 0o755, "c": 0o700, "d": 0o755}
    assert not stat.S_IMODE((tmp_path / "d/lock").stat().st_mode) & 0o022


def test_a_group_that_shares_a_folder_shares_what_is_made_in_it(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o2775)
    create_file(tmp_path / "shared/certificates/gw1/00aa.pem", NewFile(b""))
    for name in ("certificates", "certificates/gw1"):
        assert stat.S_IMODE((tmp_path / "shared" / name).stat().st_mode) == 0o2775


def test_a_write_that_takes_a_part_only_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(files.os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:1000]))
    write_unflushed(str(tmp_path / "file"), NewFile(NEW))
    monkeypatch.undo()
    assert (tmp_path / "file").read_bytes() == NEW


def test_no_link_is_followed_to_a_lock_or_an_unflushed_file(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "link").symlink_to("precious")
    for write in (lambda: lock(tmp_path / "link"), lambda: write_unflushed(str(tmp_path / "link"), NewFile(NEW))):
        with pytest.raises(SiptlsError, match="Remedy: remove the link"):
            write()
    assert (tmp_path / "precious").read_bytes() == b"precious"
