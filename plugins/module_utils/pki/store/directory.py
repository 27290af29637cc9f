# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PKI directory: text files that belong in git.

```
authorities/NAME/certificate.pem     the authority
                 chain.pem           those above it, its issuer first, up to the trust anchor; empty for a root
                 private_key.pem     PKCS #8, encrypted, 0600; or private_key.pkcs11, which names a key in a token
                 publication.txt     where its list, responder and certificate are published; the one file that may change
certificates/DEVICE/SERIAL.pem       each certificate issued, below a few lines for a reader
keys/XX/REST.txt                     which device a public key belongs to, by its SHA-256
revocations/AUTHORITY/SERIAL.txt     each revocation
revocation_lists/AUTHORITY/NUMBER.pem  each revocation list; the highest number is the one that counts
rollovers/AUTHORITY.txt              which devices were seen to trust this authority before it issued, with which certificates
retirements/AUTHORITY.txt            which devices were seen not to depend on this authority any more, with which certificates
ocsp/AUTHORITY/SERIAL.pem            each certificate of a responder that signed OCSP responses beforehand
```

All but publication.txt are written once and never changed, and no two runs ever want the same name, so runs on several
machines merge without a conflict. Runs on one machine lock the files of .locks, which git does not get to see.

Whoever can merge can write to it. So certificates and CRLs are believed by their signatures, never by names of files or by the lines
above them; roots can be pinned in the inventory; and what is missing or changed stops the run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ...errors import SiptlsError
from ..authority.authority import Authority
from ..text.names import device_name, file_name
from ..x509.certificates import is_issued_by
from .certificate_record import Record, parse_record
from .rollover_proofs import RolloverFiles

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["PkiDirectory", "device_name", "file_name", "resolved"]

#: How many devices, and certificates of each, tell whether a CA is the one that issued them.
_SAMPLED = 8


class PkiDirectory(RolloverFiles):
    """The directory, by the names of what is in it: CAs, certificates, keys, revocations, CRLs, rollovers.

    :param path: where it is on the controller
    :param root_fingerprints: SHA-256 fingerprints of the roots that the inventory pins; empty for any root
    """

    def anchors(self, names: Iterable[str]) -> tuple[x509.Certificate, ...]:
        """The trust anchors of these authorities and what is below them, each certificate once.

        By the authorities' names, so that their order says nothing: nobody's bundle changes when one takes over from another.

        :raises SiptlsError: there is no such authority; or its key is not the one that signed its last CRL and its certificates
        """
        wanted = sorted(set(names))
        found = super().anchors(wanted)
        for name in wanted:
            self.last_crl(name)
            self._refuse_exchanged(self.authority(name))
        return found

    def _refuse_exchanged(self, authority: Authority) -> None:
        """A CA whose certificate was exchanged verifies nothing that it has issued. One record that it verifies will do."""
        sample = [record for record in self._sample() if record.authority == authority.name]
        if sample and not any(is_issued_by(record.certificate, authority.certificate) for record in sample):
            raise SiptlsError(
                f"the key of authority {authority.name} did not sign the certificates that were recorded as issued by it",
                where=str(self.authority_path(authority.name) / "certificate.pem"),
                found=f"{sample[0].path} among {len(sample)} records",
                remedy="restore authorities/ from git; a CA is replaced by a CA rollover, under another name",
            )

    def _sample(self) -> list[Record]:
        """Records of a few devices, with the authorities that their headers name."""
        folder = self.path / "certificates"
        devices = self.files.names(folder)
        found = []
        for device in devices[:: max(1, len(devices) // _SAMPLED)][:_SAMPLED]:
            for name in self.files.names(folder / device, ".pem")[:_SAMPLED]:
                with suppress(SiptlsError):
                    found.append(
                        parse_record(
                            device_name(device), folder / device / name, self.files.read(folder / device / name)
                        )
                    )
        return found


def resolved(pki: str | os.PathLike[str], base: Path) -> Path:
    """The absolute path of a PKI directory: as given, below the home of a user by ``~``, or else below ``base``."""
    path = base / Path(os.path.expandvars(pki)).expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 -- a message names the path as it was given, not what links lead to
