# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A publication that ends at any of its steps, each in its turn: killed right after it, or failed at it (a full disk).

Every command of a device's shell goes through a wrapper that counts; at one count it strikes. The scripts, the shell and
openssl are the real ones, and so is the code on the controller; what is left out is Ansible, for time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleError
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.certificate_policy import CertificatePolicy
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.issuer import Issuer
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import pem
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now
from ansible_collections.siptls.vos.plugins.plugin_utils.certificate_convergence import Converged, Holder, converge
from ansible_collections.siptls.vos.plugins.plugin_utils.certificate_place import CertificatePlace
from ansible_collections.siptls.vos.plugins.plugin_utils.certificate_plan import generation_before
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    assert_pair,
    openssl,
    records,
    serial,
    verify,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import issuer_of

pytestmark = pytest.mark.nightly

COMMANDS = (
    *("cat", "chmod", "chown", "cmp", "cp", "date", "find", "ln", "ls"),
    *("mkdir", "mv", "openssl", "readlink", "rm", "sed", "sync", "tr"),
)
WRAPPER = """#!/bin/sh
read -r n <"$FAULTS"
n=$((n + 1))
echo $n >"$FAULTS"
[ "$STRIKE" != "failed $n" ] || {{ echo 'No space left on device' >&2; exit 1; }}
{real} "$@"
status=$?
[ "$STRIKE" != "killed $n" ] || kill -9 0
[ "$STRIKE" != "paused $n" ] || {{ : >"$FAULTS.paused"; while [ ! -e "$FAULTS.go" ]; do sleep 0.01; done; }}
exit $status
"""


class Shell:
    """Stands for an action plugin and its connection: commands go to the shell of this machine, in a session of their own.

    :param wrappers: the folder of the wrappers; None for plain commands
    :param strike: what happens when, such as ``killed 3``: right after the third command
    """

    def __init__(self, counter: Path, wrappers: Path | None = None, strike: str = "") -> None:
        path = f"{wrappers}:{os.environ['PATH']}" if wrappers else os.environ["PATH"]
        self.counter = counter
        self.environment = {"PATH": path, "FAULTS": str(counter), "STRIKE": strike}
        counter.write_text("0\n")
        self._connection = SimpleNamespace(has_pipelining=True, become=None)

    def _compute_environment_string(self, variables: dict[str, str]) -> None:
        """No task, so no environment of one."""

    def _low_level_execute_command(
        self, command: str, in_data: bytes | None = None, encoding_errors: str = "strict"
    ) -> dict[str, object]:
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {command}"],
            input=in_data,
            capture_output=True,
            check=False,
            timeout=60,
            env=self.environment,
            start_new_session=True,
        )
        out, err = (text.decode(errors=encoding_errors) for text in (done.stdout, done.stderr))
        return {"rc": done.returncode, "stdout": out, "stderr": err}


@dataclass(frozen=True)
class Site:
    """A device and the authority of its certificates."""

    folder: Path
    issuer: Issuer
    place: CertificatePlace

    @property
    def certs(self) -> Path:
        return Path(self.place.directory)

    def shell(self, wrappers: Path | None = None, strike: str = "") -> Shell:
        return Shell(self.folder / "counter", wrappers, strike)

    def converge(self, shell: Shell, dns: str = "a.example.com", *, check_mode: bool = False) -> Converged:
        """What the action plugin does."""
        policy = CertificatePolicy.checked(
            identity=Identity.checked("gw1", ["sip:gw1@example.com"], [dns]),
            profile="gateway",
            key_type="ecdsa-p256",
            valid_for="90d",
            renew_before="30d",
        )
        return converge(
            Holder(Device(shell, "gw1"), self.place, self.issuer, "gw1"),
            policy.from_issuer(self.issuer.authority),
            trust_bundle=pem(*self.issuer.authority.trust_bundle),
            now=utc_now(),
            check_mode=check_mode,
        )

    def is_in_order(self) -> bool:
        """Whether another run would change nothing."""
        return self.converge(self.shell(), check_mode=True).plan.reason == ""

    def go_back(self, shell: Shell) -> None:
        device = Device(shell, "gw1")
        target = generation_before(self.place.look(device, generations=True), where="gw1")
        if target:
            self.place.publish(device, target.name)

    def copy(self, folder: Path) -> Site:
        """The same with another device, which looks the same."""
        folder.mkdir()
        shutil.copytree(self.certs, folder / "certs", symlinks=True)
        return replace(self, folder=folder, place=replace(self.place, directory=str(folder / "certs")))


@pytest.fixture
def site(pki: Path, tmp_path: Path) -> Site:
    folder = tmp_path / "device"
    (folder / "certs").mkdir(parents=True)
    place = CertificatePlace(str(folder / "certs"), "gateway.crt", "gateway.key", "ca.crt", "", "")
    return Site(folder, issuer_of(pki, "issuing", ISSUING_PASSPHRASE), place)


def by_hand(site: Site) -> None:
    """A pair of regular files."""
    openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=by hand"),
        *("-keyout", site.certs / "gateway.key", "-out", site.certs / "gateway.crt"),
    )


def one_generation(site: Site) -> None:
    site.converge(site.shell(), "before.example.com")


def two_generations(site: Site) -> None:
    one_generation(site)
    site.converge(site.shell())


def lost_links(site: Site) -> None:
    one_generation(site)
    for name in ("gateway.crt", "gateway.key", "ca.crt"):
        content = (site.certs / name).read_bytes()
        (site.certs / name).unlink()
        (site.certs / name).write_bytes(content)
    (site.certs / "gateway.key").chmod(0o600)
    (site.certs / "ca.crt").chmod(0o600)


#: how the device is before, what is done, whether a pair is installed all the while
CHANGES: dict[str, tuple[Callable[[Site], None], Callable[[Site, Shell], object], bool]] = {
    "first certificate": (lambda site: None, Site.converge, False),
    "first certificate in the place of a pair installed by hand": (by_hand, Site.converge, True),
    "renewal": (one_generation, Site.converge, True),
    "back to the one before": (two_generations, Site.go_back, True),
    "links and modes put right": (lost_links, lambda site, shell: site.converge(shell, "before.example.com"), True),
}


@pytest.fixture
def wrappers(tmp_path: Path) -> Path:
    """A folder of commands that count."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for command in COMMANDS:
        path = folder / command
        path.write_text(WRAPPER.format(real=shutil.which(command)))
        path.chmod(0o755)
    return folder


@pytest.mark.parametrize(("change", "way"), [*((change, "killed") for change in CHANGES), ("renewal", "failed")])
def test_a_change_that_ends_at_any_step_leaves_a_pair_that_matches_and_the_next_run_completes_it(
    change: str, way: str, site: Site, tmp_path: Path, wrappers: Path
) -> None:
    prepare, act, always = CHANGES[change]
    prepare(site)
    whole = site.copy(tmp_path / "whole")
    counting = whole.shell(wrappers)
    act(whole, counting)
    steps = int(counting.counter.read_text())
    assert steps > 8, "the wrappers are not in the way"

    def strike_at(step: int) -> None:
        struck = site.copy(tmp_path / f"at-{step}")
        with suppress(SiptlsError, AnsibleError):
            act(struck, struck.shell(wrappers, f"{way} {step}"))
        names = ("gateway.crt", "gateway.key")
        both = all((struck.certs / name).exists() for name in names)
        assert both or not always, f"no pair after step {step}"
        if both:
            assert_pair(struck.certs)
        # A staged link may lead nowhere yet; whether rglob shows such a one depends on the version of Python
        for key in filter(Path.is_file, struck.certs.rglob("gateway.key")):
            assert key.stat().st_mode & 0o077 == 0, f"{key} can be read by others after step {step}"

        struck.converge(struck.shell())
        verify(struck.certs)
        assert_pair(struck.certs)
        assert struck.is_in_order(), f"not healed after step {step}"
        assert serial(struck.certs / "gateway.crt") in records(tmp_path / "pki")
        assert not list(struck.certs.glob("staging/**/gateway.key")), f"a key is left over after step {step}"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(strike_at, range(1, steps + 1)))


@pytest.mark.parametrize("change", ["renewal", "first certificate in the place of a pair installed by hand"])
def test_another_run_that_comes_at_any_step_leaves_a_pair_that_matches(
    change: str, site: Site, tmp_path: Path, wrappers: Path
) -> None:
    """One run stands still after each of its steps in turn, and another does its whole work in the meantime."""
    prepare, act, _always = CHANGES[change]
    prepare(site)
    whole = site.copy(tmp_path / "whole")
    counting = whole.shell(wrappers)
    act(whole, counting)
    steps = int(counting.counter.read_text())

    def meet_at(step: int) -> None:
        met = site.copy(tmp_path / f"at-{step}")
        slow = Shell(met.folder / "slow", wrappers, f"paused {step}")
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(act, met, slow)
            while not (met.folder / "slow.paused").exists() and not first.done():
                time.sleep(0.005)
            try:
                with suppress(SiptlsError, AnsibleError):
                    met.converge(met.shell(), "other.example.com")
                assert_pair(met.certs)
            finally:
                (met.folder / "slow.go").touch()
            with suppress(SiptlsError, AnsibleError):
                first.result()
        assert_pair(met.certs)
        met.converge(met.shell())
        verify(met.certs)
        assert met.is_in_order(), f"not healed after step {step}"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(meet_at, range(1, steps + 1)))
