# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the pipelines of examples/gitops as GitHub and GitLab would: each step, from the YAML file, in a shell, in a checkout.

What the two services do around the steps is done here: the checkout, the values of ``${{ }}`` and ``$VARIABLES``, conditions, and
the artifacts. A key, an action or an expression that is not known here is an error, so nothing in the YAML is passed over.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["GitHub", "GitLab", "Job", "Service", "git"]


def git(*arguments: str | Path, at: Path, environment: Mapping[str, str] | None = None) -> str:
    """What git prints, in a folder; it has to succeed."""
    done = subprocess.run(
        ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", *arguments],
        cwd=at,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"git {arguments}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass
class Job:
    """What came of a job.

    :ivar rc: 0 where the service would call it passed
    :ivar output: what its steps printed
    :ivar artifacts: where its artifacts were put
    :ivar told: what GitHub shows beside the job, or as a comment
    """

    rc: int
    output: str
    artifacts: Path
    told: str = ""


@dataclass
class Service:
    """A service that runs pipelines, and its one runner.

    :ivar folder: its own; what it needs it makes there
    :ivar remote: the repository
    :ivar environment: of the runner
    :ivar secrets: of the project, by name
    :ivar workspace: the checkout, which stays from job to job as on a runner of one's own
    """

    folder: Path
    remote: Path
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    jobs: int = 0
    running: list[int] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def plan(self, branch: str) -> Job:
        """The pipeline of a merge request of a branch."""
        raise NotImplementedError

    def rotate(self, *, lost: bool = False, interfere: Any = None) -> Job:
        """The scheduled pipeline of the branch main.

        :param lost: nothing that is to be done after a failure is done any more, for the machine is gone
        :param interfere: called with the process of each step
        """
        raise NotImplementedError

    def shell(self, command: list[str], environment: Mapping[str, str], output: Path, interfere: Any) -> int:
        """Runs one shell of a job to its end. Files that it makes are open to all unless it sees to it, as GitLab has it."""
        with open(output, "ab") as stream:
            process = subprocess.Popen(
                command,
                cwd=self.workspace,
                env={**self.environment, **environment, "PIPELINE": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0,
            )
        if interfere:
            interfere(process)
        try:
            return process.wait(240)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the job does not end:\n{output.read_text()}") from None

    def processes(self) -> list[int]:
        """Those alive that were started by a job: workers of Ansible have sessions of their own, but its environment."""
        mark = f"PIPELINE={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                # Gone in the meantime, or a zombie, whose environment is gone
                with suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
        return found

    def kill(self) -> None:
        """SIGKILL for all that a job has started."""
        while victims := self.processes():
            for pid in victims:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def check_out(self, branch: str, *, clean: bool) -> None:
        """The newest commit of a branch and no more of its history, as a checkout of one's own or over what is there."""
        if not self.workspace.exists():
            self.workspace.mkdir()
            git("init", "--quiet", at=self.workspace)
            git("remote", "add", "origin", f"file://{self.remote}", at=self.workspace)
        if clean:
            git("clean", "-ffdxq", at=self.workspace)
        refspec = f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
        git("fetch", "--quiet", "--depth=1", "origin", refspec, at=self.workspace)
        git("checkout", "--quiet", "--force", "--detach", f"origin/{branch}", at=self.workspace)

    def _job_folder(self) -> Path:
        self.jobs += 1
        folder = self.folder / f"job-{self.jobs}"
        folder.mkdir()
        return folder

    def _keep_artifacts(self, paths: list[str], at: Path) -> Path:
        kept = at / "artifacts"
        for path in paths:
            if (self.workspace / path).exists():
                shutil.copytree(self.workspace / path, kept / path, dirs_exist_ok=True)
        return kept


class GitHub(Service):
    """GitHub Actions."""

    def plan(self, branch: str) -> Job:
        return self._run("plan.yml", "pull_request", branch, lost=False, interfere=None)

    def rotate(self, *, lost: bool = False, interfere: Any = None) -> Job:
        return self._run("rotate.yml", "schedule", "main", lost=lost, interfere=interfere)

    def _run(self, file: str, event: str, branch: str, *, lost: bool, interfere: Any) -> Job:
        folder = self._job_folder()
        text = git("show", f"{branch}:.github/workflows/{file}", at=self.remote)
        workflow = yaml.safe_load(text)
        assert event in workflow["on"], f"{file} is not started by {event}"
        assert workflow["concurrency"]["group"]
        (job,) = workflow["jobs"].values()
        known = {"if", "runs-on", "environment", "timeout-minutes", "env", "steps"}
        assert set(job) <= known, f"unknown keys {set(job) - known}"
        values = {
            "github.ref_name": branch,
            "github.repository": "example/fleet",
            "github.server_url": "https://github.example",
            "github.run_id": str(self.jobs),
            "github.token": "ghs_token-of-the-job-Eed6aeth",
            "github.event.pull_request.number": "7",
            "github.event.pull_request.html_url": "https://github.example/example/fleet/pull/7",
            "github.event.pull_request.head.repo.full_name": "example/fleet",
            **{f"secrets.{name}": value for name, value in self.secrets.items()},
        }
        if condition := job.get("if"):
            left, right = condition.split(" == ")
            assert values[left] == values[right]
        outer = {**workflow.get("env", {}), **job.get("env", {})}
        rc = 0
        output = folder / "output"
        output.touch()
        artifacts = folder / "artifacts"
        for step in job["steps"]:
            assert set(step) <= {"name", "if", "uses", "with", "run", "env"}, f"unknown keys in {step}"
            assert step.get("if") in (None, "always()"), f"unknown condition in {step}"
            if rc and (lost or step.get("if") != "always()"):
                continue
            if "run" in step:
                script = folder / "step.sh"
                script.write_text(step["run"])
                environment = {n: _expand(v, values) for n, v in {**outer, **step.get("env", {})}.items()}
                environment["GITHUB_STEP_SUMMARY"] = str(folder / "told")
                done = self.shell(["bash", "-e", str(script)], environment, output, interfere)
                rc = rc or done
            elif step["uses"].startswith("actions/checkout@"):
                self.check_out(branch, clean=step["with"].get("clean", True))
            elif step["uses"].startswith("actions/upload-artifact@"):
                self._keep_artifacts([step["with"]["path"]], folder)
            else:
                raise AssertionError(f"unknown action in {step}")
        told = folder / "told"
        return Job(rc, output.read_text(), artifacts, told.read_text() if told.exists() else "")


def _expand(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found[1]], str(text))


class GitLab(Service):
    """GitLab CI."""

    def plan(self, branch: str) -> Job:
        variables = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_REF_NAME": branch}
        return self._run(branch, variables, lost=False, interfere=None)

    def rotate(self, *, lost: bool = False, interfere: Any = None) -> Job:
        variables = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}
        return self._run("main", variables, lost=lost, interfere=interfere)

    def _run(self, branch: str, predefined: dict[str, str], *, lost: bool, interfere: Any) -> Job:
        folder = self._job_folder()
        file = yaml.safe_load(git("show", f"{branch}:.gitlab-ci.yml", at=self.remote))
        predefined["CI_JOB_URL"] = f"https://gitlab.example/fleet/-/jobs/{self.jobs}"
        assert _matches(file["workflow"]["rules"], predefined), "the pipeline is not started"
        jobs = {name: job for name, job in file.items() if name not in ("workflow", "default")}
        (job,) = (job for job in jobs.values() if _matches(job["rules"], predefined))
        job = {**file["default"], **job}
        known = {"image", "tags", "rules", "interruptible", "timeout", "resource_group", "variables"}
        known |= {"before_script", "script", "after_script", "artifacts"}
        assert set(job) <= known, f"unknown keys {set(job) - known}"
        variables = {
            name: re.sub(r"\$(\w+)", lambda found: predefined[found[1]], value)
            for name, value in job.get("variables", {}).items()
        }
        environment = {**self.secrets, **predefined, **variables}
        self.check_out(branch, clean=environment.get("GIT_CLEAN_FLAGS") != "none")
        output = folder / "output"
        script = "\n".join(["set -eo pipefail", *job["before_script"], *job["script"]])
        rc = self.shell(["bash", "-c", script], environment, output, interfere)
        if lost and rc:
            return Job(rc, output.read_text(), folder / "artifacts")
        if after := job.get("after_script"):
            # What it returns changes nothing any more
            self.shell(["bash", "-c", "\n".join(["set -eo pipefail", *after])], environment, output, None)
        assert job["artifacts"]["when"] == "always"
        return Job(rc, output.read_text(), self._keep_artifacts(job["artifacts"]["paths"], folder))


def _matches(rules: list[dict[str, str]], variables: Mapping[str, str]) -> bool:
    """Whether one of the conditions holds: comparisons of a variable with a text, joined by ||."""
    comparisons = [one for rule in rules for one in rule["if"].split(" || ")]
    found = [re.fullmatch(r'\$(\w+) == "(\w+)"', one) for one in comparisons]
    assert all(found), f"unknown conditions in {rules}"
    return any(variables.get(one[1]) == one[2] for one in found if one)
