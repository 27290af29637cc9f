# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.revoke is done when the softswitch no longer has the registration, and says so where it has."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.serial_numbers import serial_digits
from ansible_collections.siptls.vos.tests.integration.test_revoke import Watched
from ansible_collections.siptls.vos.tests.integration.test_site import files_below, succeeded


class Asked(Watched):
    """A fleet whose softswitch tells who is registered, whatever it was told of revocations."""

    def _softswitch(self) -> dict[str, object]:
        return {**super()._softswitch(), "vos_registrations_command": f"cat {self.registered}"}

    @property
    def registered(self) -> Path:
        return self.folder / "registered"

    def register(self, *lines: str) -> None:
        self.registered.write_text("".join(f"{line} 95\n" for line in lines))


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    fleet = Asked(tmp_path)
    fleet.register()
    succeeded(fleet.site())
    return fleet


def test_who_is_still_registered_after_its_revocation_is_named(asked: Asked) -> None:
    asked.register(f"sip:gw1@example.com {asked.serial('gw1'):x}", f"sip:gw2@example.com {asked.serial('gw2'):x}")
    for options in (["-e", "revoke_wait=2s"], ["-e", "revoke_wait=1s"]):
        done = asked.revoke("-e", "device=gw1", *options)
        said = done.stdout + done.stderr
        assert done.returncode == 2, said
        assert "vos: who is not to be registered is still registered after" in said
        assert f"gw1 as sip:gw1@example.com with certificate {serial_digits(asked.serial('gw1'))}" in said
        assert "or restart the service" in said
        assert "gw2 as" not in said
    # Told and recorded all the same
    assert [entry.serial_number for crl in asked.lists() for entry in crl] == [asked.serial("gw1")]


def test_the_end_of_the_registration_is_waited_for(asked: Asked) -> None:
    asked.register(f"sip:gw1@example.com {asked.serial('gw1'):x}")
    # The softswitch drops it a while after the reload with the new list
    late = f"echo reloaded >> {asked.device('vos')}/reloads; (sleep 4; : > {asked.registered}) >/dev/null 2>&1 &"
    done = asked.play("siptls.vos.revoke", "-e", "device=gw1", changed={"vos": {"vos_reload_command": late}})
    succeeded(done)
    assert "Not proven" not in done.stdout


@pytest.mark.parametrize("by", ["device", "serial_number"])
def test_a_registration_without_a_known_certificate_is_that_of_the_device(asked: Asked, by: str) -> None:
    """As of a gateway that went back to plain SIP. Of one certificate alone, it may be another that is registered."""
    asked.register("sip:GW1@example.com:5060 -", "sip:gw2@example.com -")
    value = "gw1" if by == "device" else f"{asked.serial('gw1'):x}"
    done = asked.revoke("-e", f"{by}={value}", "-e", "revoke_wait=1s")
    said = done.stdout + done.stderr
    if by == "device":
        assert done.returncode == 2, said
        assert "gw1 as sip:GW1@example.com, with a certificate that the softswitch does not tell, or none" in said
        assert "gw2 as" not in said
    else:
        succeeded(done)
        assert "Not proven: vos does not tell with which certificate sip:GW1@example.com is registered" in said


def test_a_softswitch_that_cannot_tell_is_said_to_be_not_proven(fleet: Watched) -> None:
    succeeded(fleet.site())
    done = succeeded(fleet.revoke("-e", "device=gw1"))
    assert "Not proven: vos does not tell whether the revoked device is still registered" in done.stdout


def test_a_check_run_proves_nothing(asked: Asked) -> None:
    asked.register(f"sip:gw1@example.com {asked.serial('gw1'):x}")
    succeeded(asked.revoke("-e", "device=gw1", "--check"))


@pytest.mark.parametrize("wait", ["soon", "-1s", "30"])
def test_a_wait_that_is_none_is_refused_first(site_once: Watched, wait: str) -> None:
    before = files_below(site_once.folder / "pki")
    done = site_once.revoke("-e", "device=gw1", "-e", f"revoke_wait={wait}")
    assert done.returncode != 0
    assert "revoke_wait: expected " in done.stdout + done.stderr
    assert files_below(site_once.folder / "pki") == before


@pytest.fixture(scope="module")
def site_once(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A fleet that is set up; what is refused leaves it as it is."""
    once = Watched(tmp_path_factory.mktemp("fleet"))
    succeeded(once.site())
    return once


@pytest.fixture
def fleet(tmp_path: Path) -> Watched:
    return Watched(tmp_path)
