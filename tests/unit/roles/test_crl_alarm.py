# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that watches revocation lists on a softswitch, in every shell of this machine, over lists that run out now or later."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.crl import RevocationList, build_list
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import Maker, authority

SCRIPT = Path(__file__).resolve().parents[3] / "roles/vos/files/check_revocation_lists.sh"
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["busybox", "ash"]) if shutil.which(shell[0])]
HOUR = timedelta(hours=1)
ROOT = authority("Root", number=101, made=datetime.now(UTC) - 100 * HOUR)
ISSUING = authority("Issuing", above=ROOT, made=datetime.now(UTC) - 100 * HOUR)


def crl(maker: Maker, left: timedelta) -> str:
    """A list that runs out after ``left``."""
    now = datetime.now(UTC)
    made = Authority(maker.certificate.subject.rfc4514_string(), Path("x"), maker.certificate, ())
    wanted = Freshness(1000 * HOUR, HOUR)
    return RevocationList(1, build_list(made, maker.key, (), 1, wanted, now - 1000 * HOUR + left)).pem


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def check(request: pytest.FixtureRequest, tmp_path: Path):
    def run(
        lists: str | None, *, conf: str = "", before: str = "2d", command: str = ""
    ) -> subprocess.CompletedProcess[str]:
        if lists is not None:
            (tmp_path / "crl.pem").write_text(lists)
        (tmp_path / "tls.conf").write_text(
            conf or f"[other]\ncrl_file = /no\n[tls_server]\r\ncrl_file = {tmp_path}/crl.pem\r\n"
        )
        program = (
            f"set -eu\ntls_conf={tmp_path}/tls.conf\nbefore={before}\nalarm_command='{command}'\n"
            f"{SCRIPT.read_text()}\ncheck_revocation_lists\n"
        )
        return subprocess.run(
            [*request.param, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60
        )

    return run


@pytest.fixture(autouse=True)
def old_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that have run out were made when their authorities were young."""
    monkeypatch.setattr(
        "ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.crl.check_valid_now", lambda *_any: None
    )


@pytest.mark.parametrize(
    ("root", "issuing", "before", "named"),
    [
        (200 * HOUR, 100 * HOUR, "2d", []),
        (200 * HOUR, 49 * HOUR, "2d", []),
        (200 * HOUR, 47 * HOUR, "2d", ["Issuing"]),
        (200 * HOUR, -2 * HOUR, "2d", ["Issuing"]),
        (10 * HOUR, 100 * HOUR, "2d", ["Root"]),
        (10 * HOUR, 10 * HOUR, "2d", ["Root", "Issuing"]),
        (10 * HOUR, 10 * HOUR, "9h", []),
        (10 * HOUR, 10 * HOUR, "1w", ["Root", "Issuing"]),
    ],
)
def test_every_list_that_runs_out_soon_raises_an_alarm(check, root, issuing, before, named) -> None:
    done = check(crl(ROOT, root) + crl(ISSUING, issuing), before=before, command="echo called >called")
    lines = done.stderr.splitlines()
    assert done.returncode == (1 if named else 0), done.stderr
    assert len(lines) == len(named)
    for line, name in zip(lines, named, strict=True):
        assert line.startswith("<2>siptls: revocation list on ")
        assert f"CN={name}" in line.replace(" ", "")
        assert "Remedy: run the playbook that renews revocation lists" in line
    assert ("every list in" in done.stdout) is not named


def test_the_alarm_command_is_run_once_and_its_failure_is_told(check, tmp_path: Path) -> None:
    both = crl(ROOT, HOUR) + crl(ISSUING, HOUR)
    check(both, command="echo called >>called")
    assert (tmp_path / "called").read_text() == "called\n"
    done = check(both, command="false")
    assert done.returncode == 1
    assert "the alarm command failed" in done.stderr
    check(crl(ROOT, 100 * HOUR), command="echo called >>called")
    assert (tmp_path / "called").read_text() == "called\n"


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (None, "cannot be read"),
        ("", "holds no revocation list"),
        ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "holds a list that openssl cannot read"),
    ],
)
def test_what_is_no_list_raises_an_alarm(check, lists: str | None, words: str) -> None:
    done = check(lists)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_softswitch_that_checks_no_list_raises_no_alarm(check) -> None:
    done = check(None, conf="[tls_server]\nport = 5061\n")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "conf",
    [
        "[https]\ncrl_file = /no\n[tls_server]\n{}\n[other]\ncrl_file = /no\n",
        "[tls_server]\nport = 1\n[other]\ncrl_file = /no\n[ tls_server ] ; ours\n{}\n",
        "\ufeff[tls_server]\n{}\ncrl_file = /no\n",
    ],
    ids=["others", "our section twice", "a mark, and a key twice"],
)
@pytest.mark.parametrize("setting", ["crl_file = {}", "CRL_File: {}", "crl_file={} # of both", "crl_file = '{}'"])
def test_the_list_is_that_of_our_section(check, tmp_path: Path, conf: str, setting: str) -> None:
    done = check(crl(ROOT, HOUR), conf=conf.format(setting.format(tmp_path / "crl.pem")))
    assert done.returncode == 1
    assert f"{tmp_path}/crl.pem of CN" in done.stderr.replace(" = ", "=")


@pytest.mark.parametrize("end", ["2000-02-29", "2024-02-29", "2026-01-01", "2026-12-31", "2100-03-01", "2049-06-15"])
def test_dates_are_read_as_they_are(check, end: str) -> None:
    """Seconds since 1970 by awk alone; BusyBox and others read such dates in no way that is common to all."""
    time = datetime.fromisoformat(f"{end}T23:59:58+00:00")
    script = SCRIPT.read_text()
    program = f"{script}\nseconds_of '{time:%b} {time.day:2} {time:%H:%M:%S %Y} GMT'\n"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == int(time.timestamp())
