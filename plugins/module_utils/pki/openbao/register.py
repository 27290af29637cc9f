# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The register in OpenBao: what a PKI directory keeps in files, kept in a KV version 2 engine, for any number of controllers.

Records are believed as those of a PKI directory are: by signatures and keys. Who gets to write is for policies to say, and of two who want
to write the same, check-and-set lets one. Private keys are not among the records.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ...bao.client import Client
from ...errors import SiptlsError
from ..store.certificate_record import Record, another_devices_key
from ..store.directory import PkiDirectory
from ..text.lines import read_lines, write_lines
from ..text.names import file_name
from ..x509.certificates import describe_certificate, pem
from ..x509.publication import NOWHERE, Publication
from .kv_files import KvFiles

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["BaoRegister"]

#: Seconds for which another controller may make a CRL until it counts as dead, and between two looks.
_LOCK_HOLDS, _LOCK_PAUSE = 60.0, 0.3
#: Seconds to wait for others in all.
_LONGEST_WAIT = 600.0


class BaoRegister(PkiDirectory):
    """The records of one mount.

    :param mount: of the KV engine
    :param root_fingerprints: SHA-256 fingerprints of the roots that the inventory pins; empty for any root
    """

    files: KvFiles

    def __init__(self, client: Client, mount: str, root_fingerprints: Iterable[str] | None = ()) -> None:
        super().__init__(Path(mount), root_fingerprints, KvFiles(client, mount))
        self._client = client

    @property
    def location(self) -> str:
        """Where it is, for a reader."""
        return f"{self.path} in OpenBao at {self._client.cluster}"

    @property
    def identity(self) -> str:
        """What tells it apart from every other one."""
        return self.location

    def contains(self, path: Path) -> bool:
        """No path on the controller is in it."""
        return False

    def check_exists(self) -> None:
        """Makes sure that there is a register.

        :raises SiptlsError: there is none
        """
        if not self.authority_names():
            raise SiptlsError(
                "there are no CAs in this KV engine",
                where=self.location,
                expected="entries below authorities/",
                remedy="correct bao.kv; or set OpenBao up with the playbook siptls.vos.openbao",
            )

    def add_ca(
        self,
        name: str,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
        publication: Publication = NOWHERE,
    ) -> None:
        """Records a CA without its key. The certificate comes last: without it there is no CA of this name.

        :raises FileExistsError: the name is taken by another one
        """
        folder = self.authority_path(name)
        files = {
            "chain.pem": pem(*chain) or "\n",
            "certificate.pem": describe_certificate(certificate) + pem(certificate),
        }
        if publication.render():
            self.files.replace(folder / "publication.txt", publication.render())
        for file, text in files.items():
            try:
                self.files.create(folder / file, text.encode())
            except FileExistsError:
                if self.files.read(folder / file) != text.encode():
                    raise
        for known in ("_own_certificates", "trusted_authorities"):
            self.__dict__.pop(known, None)

    def record_many(self, records: Sequence[Record], *, before: Callable[[], None]) -> None:
        """Puts certificates on record, and their keys.

        :param before: is called when all keys are claimed, and before any certificate is on record
        :raises SiptlsError: a key is another device's
        """
        for record in records:
            owner = self.claim_key(record.device, record.certificate.public_key())
            if owner is not None:
                raise another_devices_key(record.device, owner)
        before()
        for one in records:
            self.record_certificate(
                one.device, one.profile, one.certificate, authority=one.authority, issued=one.issued
            )

    def all_records(self) -> Iterator[Record]:
        """The certificates of all devices.

        :raises SiptlsError: as that of a PKI directory
        """
        with self.files.listed_once():
            yield from super().all_records()

    def find_record(self, serial: int) -> Record | None:
        """The certificate with this serial number, whoever got it; None where there is none on record.

        :raises SiptlsError: its record cannot be read, or is not believed
        """
        with self.files.listed_once():
            return super().find_record(serial)

    def making_crl(self, authority: str) -> AbstractContextManager[None]:
        """Whoever makes a CRL of this CA does so alone, on whichever controller."""
        return self._alone(self.path / "locks" / f"{file_name(authority)}.txt")

    def alone(self, at: str) -> AbstractContextManager[None]:
        """One controller at a time works at this."""
        return self._alone(self.path / "locks" / f"{file_name(at)}.txt")

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        """One entry that says whether somebody works; check-and-set decides who of two begins.

        No clocks are compared: an entry that stays as it is while somebody waits for a minute is that of a run that died.
        """
        version = self._taken(path)
        try:
            yield
        finally:
            # Where it was taken over meanwhile, it is another's, and stays taken
            self.files.swap(path, write_lines({"state": "free"}), version)

    def _taken(self, path: Path) -> int:
        """Waits until the entry is free, takes it, and returns its version then.

        :raises SiptlsError: others have it again and again
        """
        seen, since, end = -1, time.monotonic(), time.monotonic() + _LONGEST_WAIT
        while time.monotonic() < end:
            text, version = self.files.fresh(path)
            if version != seen:
                seen, since = version, time.monotonic()
            is_free = version == 0 or read_lines(text).get("state") == "free"
            is_dead = time.monotonic() - since > _LOCK_HOLDS
            if (is_free or is_dead) and self.files.swap(path, write_lines({"state": "taken"}), version):
                return version + 1
            time.sleep(_LOCK_PAUSE)
        raise SiptlsError("other controllers do this all the time", where=self.location, found=f"{path} is never free")
