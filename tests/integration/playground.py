# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks from Python data, run by the real ansible-playbook against hosts that are folders of this machine.

Every host uses the connection ``local`` and an interpreter that does not exist: whatever would need Python on a device
fails here as it would on a gateway.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CALLBACKS = Path(__file__).resolve().parent / "callbacks"
NO_PYTHON = "/nonexistent/this-device-has-no-python"


def collections_path() -> Path:
    """Where ansible_collections/siptls/vos is: above a checkout in its place, or in .cache of a plain one."""
    if ROOT.parts[-3:-1] == ("ansible_collections", "siptls"):
        return ROOT.parents[2]
    return ROOT / ".cache"


def temporary_folder(owner: object) -> Path:
    """A folder for temporary files that is removed with its owner.

    Its path is short: ansible-core 2.21 listens on a socket below TMPDIR, whose path has at most 107 bytes (unix(7)).
    """
    folder = tempfile.mkdtemp(prefix="siptls-", dir="/tmp")
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    :ivar rc: of ansible-playbook: 0, 2 where a host failed, 4 where one was unreachable
    :ivar output: what it printed, standard error included
    :ivar results: by host, by the name of the task
    :ivar left: what is still in the devices' folder for temporary files
    """

    rc: int
    output: str
    results: Mapping[str, Mapping[str, Mapping[str, Any]]]
    left: Sequence[Path] = ()

    def of(self, host: str, task: str | None = None) -> Mapping[str, Any]:
        """The result of a task on a host; of its last one where none is named."""
        tasks = self.results.get(host)
        assert tasks, f"nothing ran on {host}:\n{self.output}"
        return tasks[task] if task else list(tasks.values())[-1]

    def changed(self) -> dict[str, bool]:
        """By host, whether any task changed anything."""
        return {host: any(task.get("changed") for task in tasks.values()) for host, tasks in self.results.items()}

    def message(self, host: str, task: str | None = None) -> str:
        """What a failed task said."""
        return str(self.of(host, task).get("msg", ""))

    @property
    def nothing_changed(self) -> bool:
        """Whether something ran, and not one task changed anything."""
        return bool(self.results) and not any(self.changed().values())


@dataclass
class Run:
    """A run that is under way."""

    process: subprocess.Popen[bytes]
    folder: Path
    temporary: Path
    started: float = field(default_factory=time.monotonic)

    def finish(self, timeout: float = 240) -> Outcome:
        """Waits for its end."""
        try:
            rc = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the play did not end within {timeout} s:\n{self._output()}") from None
        return Outcome(rc, self._output(), self._results(), sorted(self.temporary.iterdir()))

    def kill(self, *, controller_only: bool = False) -> None:
        """SIGKILL for everything that belongs to it, wherever its processes have gone.

        :param controller_only: to spare what runs on the devices, which is let end by itself
        """
        while victims := [pid for pid in self.processes() if not controller_only or _is_python(pid)]:
            for pid in victims:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.01)
        self.process.wait(30)
        end = time.monotonic() + 60
        while self.processes():
            assert time.monotonic() < end, "what runs on a device does not end"
            time.sleep(0.01)

    def processes(self) -> list[int]:
        """Those alive that were started by this run: its workers have sessions of their own, but its environment."""
        mark = f"SIPTLS_RECORD={self.folder / 'record'}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                # Gone in the meantime, or a zombie, whose environment is gone.
                with suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
        return found

    def _output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def _results(self) -> dict[str, dict[str, dict[str, Any]]]:
        results: dict[str, dict[str, dict[str, Any]]] = {}
        record = self.folder / "record"
        for line in record.read_text().splitlines() if record.exists() else ():
            entry = json.loads(line)
            found = results.setdefault(entry["host"], {})
            found[entry["task"]] = {**entry["result"], "status": entry["status"]}
        return results


def _is_python(pid: int) -> bool:
    try:
        return "python" in os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return False


class Play:
    """Runs playbooks in a folder of its own.

    :ivar folder: the folder of the playbooks; relative paths on the controller begin here
    :ivar devices: where each host has a folder of its own; ``{{ device }}`` in a task
    :ivar temporary: where all hosts have their temporary files, and nobody else does
    :ivar environment: what every run gets on top of a bare environment
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.devices = folder / "devices"
        self.devices.mkdir(parents=True)
        self.temporary = temporary_folder(self)
        (folder / "ansible.cfg").touch()
        self._runs = 0
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path()),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "siptls_record",
        }

    def device(self, host: str) -> Path:
        """The folder that is the file system of a host."""
        return self.devices / host

    def __call__(self, tasks: Sequence[Mapping[str, Any]], *, fails: bool = False, **options: Any) -> Outcome:
        """Runs tasks to their end; see `start` for the options.

        :param fails: whether a host is to fail
        """
        outcome = self.start(tasks, **options).finish()
        if fails:
            assert outcome.rc == 2, f"expected a failed host, got exit status {outcome.rc}:\n{outcome.output}"
        else:
            assert outcome.rc == 0, f"exit status {outcome.rc}:\n{outcome.output}"
        return outcome

    def start(
        self,
        tasks: Sequence[Mapping[str, Any]],
        *,
        hosts: Sequence[str] | Mapping[str, Mapping[str, Any]] = ("gw1",),
        variables: Mapping[str, Any] | None = None,
        forks: int = 5,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        environment: Mapping[str, str] | None = None,
        keywords: Mapping[str, Any] | None = None,
    ) -> Run:
        """Begins a run.

        :param tasks: as in a playbook
        :param hosts: their names, or by name the variables of each
        :param variables: of the play
        :param environment: of ansible-playbook, and so of the devices
        :param keywords: further keywords of the play, such as become
        """
        self._runs += 1
        folder = self.folder / f"run-{self._runs}"
        folder.mkdir()
        by_name = hosts if isinstance(hosts, Mapping) else {host: {} for host in hosts}
        for host in by_name:
            self.device(host).mkdir(exist_ok=True)
        playbook = self.folder / f"playbook-{self._runs}.yml"
        play = {
            "hosts": "all",
            "gather_facts": False,
            "vars": dict(variables or {}),
            "tasks": list(tasks),
            **(keywords or {}),
        }
        playbook.write_text(json.dumps([play], indent=1))  # JSON is YAML
        inventory = folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": {n: self._host(n, v) for n, v in by_name.items()}}}))
        command = [
            "ansible-playbook",
            "-i",
            str(inventory),
            "-f",
            str(forks),
            str(playbook),
            *(["--check"] if check else []),
            *(["--diff"] if diff else []),
            *(["-" + "v" * verbosity] if verbosity else []),
        ]
        with open(folder / "output", "wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, "SIPTLS_RECORD": str(folder / "record"), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Run(process, folder, self.temporary)

    def _host(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": NO_PYTHON,
            "device": str(self.device(name)),
            **variables,
        }
