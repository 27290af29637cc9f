# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin siptls.vos.pki: devices in groups by the status of their certificates."""

# ruff: noqa: E402 -- ansible-test wants the documentation above the imports
from __future__ import annotations

DOCUMENTATION = r"""
name: pki
short_description: Groups of devices by the state of their certificates
version_added: 0.2.0
author:
  - siptls.vos contributors (@siptls)
description:
  - Reads a PKI directory, and nothing else. No device is asked. Every device that has a certificate on record there becomes a host,
    or joins the host of that name from an earlier inventory source.
  - Each is in one of the groups C(ok), C(due), C(expired), C(revoked), C(unknown). All five are always there.
  - The newest certificate of a device counts, by the beginning of its validity. An older one that is still good changes nothing.
  - It counts only where a CA of the PKI directory signed it, its file is named by its serial number, and its key or its names are
    those of the device. Otherwise the device is C(unknown), and its reason names the file.
  - A certificate in the last CRL of its CA that has no revocation record in the PKI directory stops the inventory, as does a CRL that
    its CA did not sign.
  - So a run for what is due touches only that. What it costs grows with the devices that are due, not with the fleet.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices:
      - siptls.vos.pki
  pki:
    description:
      - The PKI directory on the controller.
      - A relative path begins at the folder of the inventory file.
      - Required where O(bao) is not given, and excludes it.
    type: str
  bao:
    description:
      - An OpenBao cluster with the records of the PKI, as the option of the same name of M(siptls.vos.certificate_info).
      - The login has to be one that works more than once, since an inventory is read before the run begins.
    type: dict
    version_added: 0.5.0
  root_fingerprints:
    description:
      - The SHA-256 fingerprints of the roots that are trusted, in hexadecimal digits with or without colons.
      - A certificate below any other root is C(unknown), whatever the PKI directory says. Empty, any root in that directory counts.
      - The same as C(pki_root_fingerprints) of the role P(siptls.vos.pki#role). During a CA rollover, both roots.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  renew_before:
    description:
      - How long before its end a certificate is due. A number and one of V(s), V(m), V(h), V(d), V(w).
      - The same as O(siptls.vos.device_certificate#module:renew_before), so that what is due here is what that module renews.
    type: str
    default: 30d
  prefix:
    description: What the names of the five groups begin with.
    type: str
    default: ''
  devices:
    description:
      - Groups of hosts from earlier inventory sources, such as V(gateways). Their hosts, and no others, are then the devices.
      - One of them that has no certificate on record is in C(unknown).
      - A device on record that is none of them, such as one that was taken out of service, is left out.
      - Name the inventory source with these groups before this one.
    type: list
    elements: str
    default: []
  states:
    description:
      - Devices in these states only. The others are not added, and get no variables.
    type: list
    elements: str
    choices:
      - ok
      - due
      - expired
      - revoked
      - unknown
    default:
      - ok
      - due
      - expired
      - revoked
      - unknown
extends_documentation_fragment:
  - ansible.builtin.constructed
requirements:
  - cryptography 42 or later, on the controller
notes:
  - |
    The states are
    C(ok), valid for longer than O(renew_before);
    C(due), it ends within O(renew_before), or is not valid yet;
    C(expired), it has ended, or an authority above it has;
    C(revoked), it is on record as revoked, or an authority above it is;
    C(unknown), nobody can tell: a record cannot be read or is not believed, or the CA that issued it is not in the PKI directory.
  - The name of the file ends in C(siptls.yml) or C(siptls.yaml), such as C(pki.siptls.yml).
  - >-
    The variables of a host are C(siptls_state), C(siptls_reason) in words, and, where the certificate can be read,
    C(siptls_serial_number), C(siptls_not_after) in UTC, C(siptls_days_left), C(siptls_profile) and C(siptls_authority).
  - Where some devices are renewed earlier than others, have a file for each, with their groups in O(devices) and their O(renew_before).
  - Nothing is cached. Every run reads the directory.
  - The CA is told by its signature on the certificate, not by what the record says of it.
  - What is installed on a device is not looked at. M(siptls.vos.device_certificate) does that.
  - With C(--limit due) and nothing due, Ansible fails because no host is left. A play whose C(hosts) are C(due) ends well.
  - The options of P(ansible.builtin.constructed#inventory) see the variables of a host from this and from earlier inventory sources.
  - Do not keep the PKI directory in a folder that is given to Ansible as an inventory, since Ansible tries to read all files in it as
    inventories. Give the files, C(-i hosts.yml -i pki.siptls.yml).
seealso:
  - module: siptls.vos.certificate_info
  - module: siptls.vos.device_certificate
"""

EXAMPLES = r"""
# pki.siptls.yml: the gateways and softswitches of hosts.yml in groups by their certificates
#   ansible-inventory -i hosts.yml -i pki.siptls.yml --graph
#   ansible-playbook -i hosts.yml -i pki.siptls.yml siptls.vos.site --tags certificates --limit due:expired
plugin: siptls.vos.pki
pki: ./pki
devices:
  - gateways
  - softswitches

---
# rotate.siptls.yml: what a rotation run touches, and nothing else
plugin: siptls.vos.pki
pki: /srv/pki
renew_before: 21d
states:
  - due
  - expired

---
# all.siptls.yml: every device on record, in groups certificate_ok, certificate_due and so on, and those with a week left at the most
plugin: siptls.vos.pki
pki: ./pki
prefix: certificate_
groups:
  urgent: siptls_days_left is defined and siptls_days_left < 7
keyed_groups:
  - key: siptls_profile
    prefix: profile
"""

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.template import trust_as_template

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.opened import opened
from ..module_utils.pki.survey.status import NOT_ON_RECORD, STATES, days_left
from ..module_utils.pki.survey.survey import Found, Survey
from ..module_utils.pki.x509.certificates import serial_hex
from ..module_utils.timestamps import utc_now, write_time
from ..module_utils.workers import in_processes, processors

#: So many devices are looked at by one process.
_ALONE = 500
#: What is known of so many devices is handed over at once.
_AT_ONCE = 200
#: Text that Ansible never takes for a template. In names of files and certificates there might be other.
_PLAIN = re.compile(r"(?!#)[^{]*")


class InventoryModule(BaseInventoryPlugin, Constructable):  # type: ignore[misc]  # ansible-core ships no type information
    """See the documentation above."""

    NAME = "siptls.vos.pki"

    def verify_file(self, path: str) -> bool:
        """Whether the file has a name that is meant for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(("siptls.yml", "siptls.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Adds the devices, their groups and their variables to ``inventory``."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            with _no_collection():
                self._add_devices(Path(path).parent)
        except SiptlsError as error:
            raise AnsibleParserError(str(error)) from None

    def _add_devices(self, folder: Path) -> None:
        self._now = utc_now()
        survey = Survey(
            opened({name: self.get_option(name) for name in ("pki", "bao", "root_fingerprints")}, folder).register,
            renew_before=parse_duration(self.get_option("renew_before"), name="renew_before"),
            now=self._now,
        )
        if survey.problems:
            raise survey.problems[0]
        states = frozenset(self.get_option("states"))
        devices = list(self._devices(survey))
        groups = {state: self.inventory.add_group(self.get_option("prefix") + state) for state in STATES}
        for device, variables in devices:
            if variables["siptls_state"] in states:
                host = self.inventory.add_host(_text(device), group=groups[variables["siptls_state"]])
                self._set_variables(host, variables)

    def _devices(self, survey: Survey) -> Iterator[tuple[str, dict[str, Any]]]:
        """The devices that this inventory is about, each with the variables of its newest certificate."""
        groups = self.get_option("devices")
        names = self._hosts_of(groups) if groups else survey.devices()

        def look(numbers: Sequence[int], emit: Callable[[Any], None]) -> None:
            for begin in range(0, len(numbers), _AT_ONCE):
                looked = ((number, survey.newest(names[number])) for number in numbers[begin : begin + _AT_ONCE])
                emit([(number, self._variables(found)) for number, found in looked if found or groups])

        # A signature is verified for each device: by all processors, where that pays for starting them
        processes = processors() if len(names) > _ALONE else 1
        found = chain.from_iterable(in_processes(range(len(names)), look, processes))
        for number, variables in sorted(found, key=itemgetter(0)):
            yield names[number], variables

    def _hosts_of(self, groups: Iterable[str]) -> list[str]:
        hosts: dict[str, None] = {}
        for name in groups:
            if name != "all" and name not in self.inventory.groups:
                raise SiptlsError(
                    f"devices names a group that no earlier inventory source has: {name!r}",
                    expected="one of " + ", ".join(sorted(set(self.inventory.groups) - {"ungrouped"})),
                    remedy="correct the name, or give the inventory source with this group first",
                )
            group = self.inventory.hosts.values() if name == "all" else self.inventory.groups[name].get_hosts()
            hosts |= dict.fromkeys(host.name for host in group)
        return list(hosts)

    def _variables(self, found: Found | None) -> dict[str, Any]:
        standing = found.standing if found else NOT_ON_RECORD
        variables: dict[str, Any] = {"siptls_state": standing.state, "siptls_reason": standing.reason}
        if found and found.record:
            certificate = found.record.certificate
            variables |= {
                "siptls_serial_number": serial_hex(certificate),
                "siptls_not_after": write_time(certificate.not_valid_after_utc),
                "siptls_days_left": days_left(certificate.not_valid_after_utc, self._now),
                "siptls_profile": found.record.profile,
                "siptls_authority": found.authority,
            }
        return variables

    def _set_variables(self, host: str, variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            self.inventory.set_variable(host, name, _text(value) if isinstance(value, str) else value)
        self._construct(host)

    def _construct(self, host: str) -> None:
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        if compose or groups or keyed:
            strict = self.get_option("strict")
            known = self.inventory.get_host(host).get_vars()
            self._set_composite_vars(compose, known, host, strict=strict)
            known = self.inventory.get_host(host).get_vars()
            self._add_host_to_composed_groups(groups, known, host, strict=strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed, known, host, strict=strict, fetch_hostvars=False)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No cyclic garbage collection: every object that is made for a device stays, and there are many to look through again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@lru_cache(maxsize=1024)  # states, profiles and authorities are the same for thousands of devices
def _text(text: str) -> Any:
    """``text`` as a value that is never evaluated, and that ansible-inventory writes as plain text where it can be no template."""
    return trust_as_template(text) if _PLAIN.fullmatch(text) else text
