# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any sequence of issuing, revoking and making lists, by two controllers at once, each killed at any call of the system: the
directory stays consistent, and what was handed out or said to be done is on record.

Every operation is a process of its own. One that is to die is killed by SIGKILL, so nothing in it can clean up.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.durations import parse_duration
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.certificate_policy import CertificatePolicy
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.key_signer import KeySigner
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.revocation_lists import RevocationLists
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.crl_files import read_crl
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation, revocable
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import is_issued_by
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key, public_key_digits
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    NOW,
    authority,
    issuer_of,
    key,
    request,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ISSUING = authority("Issuing", number=300)
STORED = StoredKey.encrypted(encrypt_private_key(ISSUING.key, "x"))  # encrypted once: deriving a key takes its time
REQUESTS = [request(key(number)) for number in range(3)]  # made here, so that all processes have the same
FRESH = Freshness(parse_duration("7d"), parse_duration("3d"))
NUMBERS = itertools.count()
CALLS = ("open", "close", "link", "symlink", "rename", "unlink", "mkdir", "fsync", "fchmod")
POLICY = {"profile": "gateway", "key_type": "ecdsa-p256", "valid_for": "90d", "renew_before": "30d"}


@dataclass(frozen=True)
class Operation:
    """What one process does.

    :ivar dies_after: how many calls of the system it makes before it is killed; None to live
    :ivar clock: how far its clock is off, in minutes
    """

    kind: str
    device: str
    key: int
    dies_after: int | None
    clock: int


OPERATIONS = st.builds(
    Operation,
    kind=st.sampled_from(["issue", "issue", "revoke", "list"]),
    device=st.sampled_from(["gw1", "gw2"]),
    key=st.integers(0, 2),
    dies_after=st.none() | st.integers(0, 45),
    clock=st.sampled_from([0, -600, 30]),
)
#: One after the other; those of one step at once
STEPS = st.lists(st.lists(OPERATIONS, min_size=1, max_size=2), min_size=1, max_size=7)


@dataclass
class Known:
    """What the outside world was told so far."""

    handed_out: set[tuple[str, int]] = field(default_factory=set)
    revoked: set[int] = field(default_factory=set)
    keys: dict[int, int] = field(default_factory=dict)
    lists: dict[int, frozenset[int]] = field(default_factory=dict)


@settings(
    max_examples=40 if os.environ.get("SIPTLS_SHORT") else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(STEPS)
def test_the_directory_is_consistent_whatever_happens(steps: list[list[Operation]]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        directory = PkiDirectory(folder / "pki")
        directory.add_authority("issuing", ISSUING.certificate, (), STORED)
        known = Known()
        for step in steps:
            revoked_before = set(known.revoked)
            outputs = [(operation, begin(operation, folder)) for operation in step]
            for operation, (process, output) in outputs:
                finish(operation, process)
                take_in(operation, output.read_text().splitlines() if output.exists() else [], known, revoked_before)
                output.unlink(missing_ok=True)
            check(directory, known)
        heal(directory, known)
    finally:
        shutil.rmtree(folder)


def begin(operation: Operation, folder: Path) -> tuple[int, Path]:
    """Starts the process; what it says to the world is in a file, each line whole."""
    output = folder / f"said-{next(NUMBERS)}"
    process = os.fork()
    if process:
        return process, output
    status = 1
    try:
        said = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if operation.dies_after is not None:
            die_after(operation.dies_after)
        run(operation, folder / "pki", lambda line: os.write(said, f"{line}\n".encode()))
        status = 0
    finally:
        os._exit(status)


def die_after(calls: int) -> None:
    """From now on each of these calls of the system counts, and the one too many kills."""
    left = [calls]

    def fragile(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, fragile(getattr(os, name)))


def run(operation: Operation, pki: Path, say: Callable[[str], object]) -> None:
    """The operation, as the modules do it; what it says is done."""
    directory = PkiDirectory(pki)
    now = NOW + timedelta(minutes=operation.clock)
    if operation.kind == "issue":
        issuer = issuer_of(pki, "issuing", "x")
        issuer.signer._key = ISSUING.key
        identity = Identity(operation.device, (f"sip:{operation.device}@example.com",), ())
        wanted = CertificatePolicy.checked(identity=identity, **POLICY).from_issuer(issuer.authority)
        try:
            certificate = issuer.sign(operation.device, REQUESTS[operation.key], wanted, now, new_key=False)
        except SiptlsError as error:
            say(f"refused {error}")
        else:
            say(f"handed out {certificate.serial_number} {operation.key}")
    elif operation.kind == "revoke":
        for record in revocable(directory.records(operation.device), "issuing", now):
            serial = record.certificate.serial_number
            directory.revoke("issuing", Revocation(operation.device, serial, "key_compromise", now))
            say(f"revoked {serial}")
    else:
        lists = RevocationLists(directory, directory.authority("issuing"))
        if lists.reason(lists.current(), FRESH, now):
            made = lists.renew(KeySigner(directory.authority("issuing"), "x"), FRESH, now)
            say(f"list {made.number} {' '.join(map(str, made.serials))}")


def finish(operation: Operation, process: int) -> None:
    _process, status = os.waitpid(process, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert os.waitstatus_to_exitcode(status) == 0 or (killed and operation.dies_after is not None), operation


def take_in(operation: Operation, lines: list[str], known: Known, revoked_before: set[int]) -> None:
    for line in lines:
        if line.startswith("handed out "):
            serial, of_key = map(int, line.split()[2:])
            used = {other for other, number in known.keys.items() if number == of_key}
            assert not used & revoked_before, "the key of a revoked certificate was certified again"
            known.handed_out.add((operation.device, serial))
            known.keys[serial] = of_key
        elif line.startswith("revoked "):
            known.revoked.add(int(line.split()[1]))
        elif line.startswith("list "):
            number, *serials = map(int, line.split()[1:])
            assert revoked_before <= set(serials), "a list forgets what was revoked before it was begun"
            known.lists[number] = frozenset(serials)
        else:
            assert "is another device's" in line or "is that of a revoked certificate" in line


def check(directory: PkiDirectory, known: Known) -> None:
    """What holds at every moment."""
    records = list(directory.all_records())
    serials = [record.certificate.serial_number for record in records]
    assert len(serials) == len(set(serials))
    assert known.handed_out <= {(record.device, record.certificate.serial_number) for record in records}
    owners: dict[bytes, set[str]] = {}
    for record in records:
        assert is_issued_by(record.certificate, ISSUING.certificate)
        owners.setdefault(public_key_digits(record.certificate.public_key()), set()).add(record.device)
    assert all(len(devices) == 1 for devices in owners.values()), "one key, two devices"
    assert known.revoked <= {revocation.serial for revocation in directory.revocations("issuing")}
    files = sorted(path for path in (directory.path / "revocation_lists/issuing").glob("[!.]*.pem"))
    seen: frozenset[int] = frozenset()
    for path in files:
        crl = read_crl(directory.files, path, directory.authority("issuing").certificate).serials
        assert seen <= crl, "a list with a higher number forgets what a lower one had"
        seen = crl
    numbers = {int(path.stem) for path in files}
    assert set(known.lists) <= numbers


def heal(directory: PkiDirectory, known: Known) -> None:
    """After all that, the next runs do their work as if nothing had happened."""
    lists = RevocationLists(directory, directory.authority("issuing"))
    last = lists.current()
    made = lists.renew(KeySigner(directory.authority("issuing"), "x"), FRESH, NOW)
    assert made.serials == {revocation.serial for revocation in directory.revocations("issuing")}
    assert last is None or made.number >= last.number
    assert lists.reason(made, FRESH, NOW) is None
