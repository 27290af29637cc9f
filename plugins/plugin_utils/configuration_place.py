# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversation with a device about its configuration files: look, publish, and rehearse a publication."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from ..module_utils import text
from ..module_utils.configuration.desired import Configuration, ConfigurationFile
from ..module_utils.configuration.our_files import beside, state_file_beside
from ..module_utils.configuration.plan import (
    CHANGED,
    CREATED,
    FORGOTTEN,
    OWNER_OR_MODE,
    REMOVED,
    ConfigurationPlan,
    FileStep,
    InstalledConfiguration,
)
from ..module_utils.errors import SiptlsError
from ..module_utils.ini import LARGEST_FILE
from .answer import Answer
from .configuration_look import digests_in, file_found, kept_parameters, previous_parameters
from .device import Call, Device

__all__ = ["ConfigurationPlace"]

#: what the script does for each action; for a file that only needs cleaning up, nothing more
_DEEDS = {CREATED: "write", CHANGED: "write", OWNER_OR_MODE: "own", REMOVED: "remove", FORGOTTEN: "forget"}
_NOT_SHOWN = "what it said is not shown, for it has read a sensitive file"
_LONGEST_QUOTE = 2000
_SECONDS_TO_VALIDATE = 30
# What systemd gives a service to start (DefaultTimeoutStartSec). Where it fails it is started again, with the files of before.
_SECONDS_TO_RELOAD = 90


@dataclass(frozen=True)
class Looked:
    """What a look found, and the digests of the files as the device wrote them, to tell later whether they are still the same."""

    found: InstalledConfiguration
    seen: str


@dataclass(frozen=True)
class ConfigurationPlace:
    """The configuration of one device, and the device."""

    device: Device
    wanted: Configuration

    def look(self, *, texts: bool) -> Looked:
        """What the device has now, in one round trip that changes nothing.

        :param texts: whether the contents are wanted of all files that are not sensitive, not only of those to merge
        :raises SiptlsError: the device cannot be looked at
        """
        call = self.look_call(texts=texts)
        return self.looked(self.device.run(call.script, call.parameters, private=True))

    def look_call(self, *, texts: bool) -> Call:
        """What :meth:`look` runs; what it says is for :meth:`looked`."""
        parameters = {
            "count": str(len(self.wanted.files)),
            "files": self._paths,
            "loads": "\n".join(self.wanted.loads),
            "state_file": self.wanted.state_file,
        }
        for number, file in enumerate(self.wanted.files, 1):
            parameters |= {
                f"path_{number}": file.path,
                f"new_{number}": beside(file.path, "new"),
                f"old_{number}": beside(file.path, "old"),
                **previous_parameters(number, file.path),
                f"numeric_{number}": "n" if file.owner.isdecimal() or file.group.isdecimal() or file.goes_back else "",
                f"fetch_{number}": "y" if file.merges or (texts and not file.sensitive) else "",
                f"most_{number}": str(LARGEST_FILE) if file.merges or file.goes_back else "",
                **(kept_parameters(number, file.path) if file.goes_back or file.forgets else {}),
            }
        return Call("files_look.sh", parameters)

    def looked(self, answer: Answer) -> Looked:
        """What the answer to :meth:`look_call` tells."""
        digests = digests_in(answer.body("digests"))
        files = {
            file.path: file_found(answer, number, file, digests.get(file.path))
            for number, file in enumerate(self.wanted.files, 1)
        }
        loaded = answer.body("loaded")
        found = InstalledConfiguration(
            files=files,
            digests={**digests, **digests_in(answer.body("load_digests"))},
            loaded=digests_in(loaded) or None,
        )
        return Looked(found, (answer.body("digests") or "").strip("\n"))

    def publish(self, plan: ConfigurationPlan, seen: str, *, whatever_calls: bool = False) -> int:
        """Has the device put its files in place and reload its service, or leave all as it was.

        :param seen: the digests of the look that the plan comes from
        :param whatever_calls: whether to do so though calls are up
        :returns: 0, or how many calls are up, which a reload would cut; then nothing was changed
        :raises SiptlsError: a step failed; what the device has now is part of the text
        """
        places = {step.file.path: beside(step.file.path, "new") for step in plan.needed if step.content is not None}
        calls = self.wanted.calls
        more = {"calls": calls.command} if calls and not whatever_calls else {}
        answer = self._run(plan, places, seen=seen, **more)
        if answer.value("in_calls") is not None:
            return self._number_of_calls(answer, "in_calls")
        if answer.value("published") is None:
            raise self._failure(answer, plan, places)
        return 0

    def calls(self) -> int:
        """How many calls the service carries now.

        :raises SiptlsError: the device does not tell
        """
        command = self.wanted.calls.command if self.wanted.calls else ""
        return self._number_of_calls(self.device.run("command.sh", {"command": command}), "said")

    def _number_of_calls(self, answer: Answer, field: str) -> int:
        status, said = answer.value(field) or "", answer.body(field) or ""
        return self.wanted.calls.number(status, said, where=self.device.name) if self.wanted.calls else 0

    def rehearse(self, plan: ConfigurationPlan) -> str | None:
        """Has the device validate what would be published, in a temporary folder.

        :returns: what publishing would end with; None where all is well
        """
        if not self._validated(plan):
            return None
        work = _work_folder()
        places = {
            step.file.path: f"{work}/{number}" for number, step in enumerate(plan.needed, 1) if step.content is not None
        }
        answer = self._run(plan, places, work=work, rehearsal="y")
        return None if answer.value("published") is not None else str(self._failure(answer, plan, places))

    def settle(self, state: str, *, state_file: str = "") -> None:
        """Ends what a publication that keeps the files before left open.

        :param state: ``accepted`` removes these, ``previous`` brings them back
        :param state_file: the record of what the service loads; empty for the one beside the first file
        :raises SiptlsError: the device cannot do it
        """
        record = state_file or state_file_beside(self.wanted.files[0].path)
        parameters = {"deed": state, "count": str(len(self.wanted.files)), "state_file": record}
        for number, file in enumerate(self.wanted.files, 1):
            parameters |= {
                f"path_{number}": file.path,
                f"new_{number}": beside(file.path, "new"),
                **previous_parameters(number, file.path),
                **kept_parameters(number, file.path),
            }
        answer = self.device.run("files_settle.sh", parameters, private=True)
        if answer.value("settled") is None:
            raise SiptlsError("the device gave no answer that can be read", where=self.device.name)

    @property
    def _paths(self) -> str:
        return "\n".join(file.path for file in self.wanted.files)

    def _run(self, plan: ConfigurationPlan, places: Mapping[str, str], **more: str) -> Answer:
        commands = [file.command(places) for file in self._validated(plan)]
        parameters = {
            "work": _work_folder(),
            "rehearsal": "",
            "files": self._paths,
            "loads": "\n".join(self.wanted.loads),
            "reload": self.wanted.reload if plan.reloads else "",
            "reload_interval": str(self.wanted.reload_interval),
            "calls": "",
            "keep": "y" if self.wanted.keeps_previous else "",
            "state_file": self.wanted.state_file,
            "count": str(len(plan.needed)),
            "validations": str(len(commands)),
            **more,
        }
        for number, step in enumerate(plan.needed, 1):
            parameters |= _step_parameters(number, step, places)
        for number, command in enumerate(commands, 1):
            parameters[f"validate_{number}"] = command
        waits = len(commands) * _SECONDS_TO_VALIDATE
        waits += self.wanted.reload_interval + 2 * _SECONDS_TO_RELOAD if plan.reloads else 0
        return self.device.run("files_publish.sh", parameters, secret=True, seconds=waits)

    def _validated(self, plan: ConfigurationPlan) -> list[ConfigurationFile]:
        """The files that are validated: all that are to be there, for a change of one may matter to another."""
        return [file for file in self.wanted.files if file.validate and file.present] if plan.validates else []

    def _is_about_secrets(self, file: ConfigurationFile) -> bool:
        return any(other.sensitive for other in self.wanted.files if other.path in (file.path, *file.refers_to))

    def _failure(self, answer: Answer, plan: ConfigurationPlan, places: Mapping[str, str]) -> SiptlsError:
        outcome, value, said = answer.fields[0] if answer.fields else ("", "", "")
        lost = answer.value("lost")
        back = (
            f"could not be brought back:{lost}; what they held is beside them, as {beside('/NAME', 'old')[1:]}"
            if lost
            else "the files are as they were before"
        )
        if outcome == "refused":
            number, _blank, status = value.partition(" ")
            validated = self._validated(plan)
            place = text.number(number, len(validated))
            if not place:
                raise answer.unreadable(outcome, f"the number of one of {len(validated)} files", number)
            file = validated[place - 1]
            return SiptlsError(
                "the device refuses what the file is to be; nothing was changed",
                where=f"{self.device.name}, {file.path}",
                expected="validate to end with exit status 0",
                found=f"exit status {status}: {_NOT_SHOWN if self._is_about_secrets(file) else _quote(said, places)}",
                remedy="correct the values that the file is made of",
            )
        if outcome == "changed_meanwhile":
            return SiptlsError(
                "files changed on the device while this task was at work; nothing was changed by it",
                where=self.device.name,
                remedy="run again, one run at a time",
            )
        if outcome == "not_switched":
            return SiptlsError(
                f"the new files could not be put in place; {back}",
                where=self.device.name,
                found=_quote(said, places),
                remedy="run with become, and check that the disk is not full",
            )
        if outcome == "not_reloaded":
            return self._not_reloaded(answer, plan, _quote(said, places), value, back)
        return SiptlsError(
            "the device gave no answer that can be read", where=self.device.name, found=_quote(said, places)
        )

    def _not_reloaded(self, answer: Answer, plan: ConfigurationPlan, said: str, status: str, back: str) -> SiptlsError:
        again = answer.value("again")
        if again is None:
            after = "no file had been changed"
        elif again == "0":
            after = f"{back}, and the service is reloaded with them"
        else:
            after = f"{back}, but reloading with them failed as well, exit status {again}: {_quote(answer.body('again'), {})}"
        return SiptlsError(
            f"the reload failed: {self.wanted.reload}",
            where=self.device.name,
            expected="exit status 0",
            found=f"exit status {status}: {said}. Now {after}",
            remedy=(
                "see to the service on the device, which may be down, and run again"
                if again != "0"
                else f"find out what the service has against {', '.join(s.file.path for s in plan.needed)}, and run again"
            ),
        )


def _work_folder() -> str:
    return f"/tmp/.siptls-{secrets.token_hex(8)}"  # noqa: S108  # a name that nobody can guess, and mkdir refuses one that exists


def _step_parameters(number: int, step: FileStep, places: Mapping[str, str]) -> dict[str, str]:
    file = step.file
    return {
        f"action_{number}": "copy" if step.copies else _DEEDS.get(step.action, ""),
        f"keep_{number}": "y" if file.keeps else "",
        **kept_parameters(number, file.path),
        f"folders_{number}": "\n".join(step.found.kept.folders) if file.forgets else "",
        f"path_{number}": file.path,
        f"new_{number}": places.get(file.path, beside(file.path, "new")),
        f"old_{number}": beside(file.path, "old"),
        **previous_parameters(number, file.path),
        f"content_{number}": step.content or "",
        f"digest_{number}": step.digest,
        f"owner_{number}": file.owner,
        f"group_{number}": file.group,
        f"mode_{number}": f"{file.mode:04o}",
    }


def _quote(said: str | None, places: Mapping[str, str]) -> str:
    """What a command on the device said, with the names that the operator knows."""
    text = said or ""
    for path, place in places.items():
        text = text.replace(place, path)
    text = " / ".join(line.strip() for line in text.splitlines() if line.strip())
    if len(text) > _LONGEST_QUOTE:
        text = f"{text[:_LONGEST_QUOTE]} ..."
    return text or "it said nothing"
