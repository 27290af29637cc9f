# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of one device of a batch, on the controller.

```
NAME/SERIAL/private_key.pem ...    a generation: all files of one certificate
NAME/current -> SERIAL             the one in use; replaced by one rename
NAME/.next/private_key.pem         a key for which a certificate is being made
```

Whoever reads through ``current`` sees files that belong together, whatever is interrupted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import SiptlsError
from ..files import NewFile, write_unflushed
from .certificates import pem, read_certificates, serial_hex
from .directory import file_name
from .keys import load_private_key, private_key_pem, public_key_digits
from .renewal import Installed

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["DeviceFolder", "Outputs"]

_PRIVATE = 0o600
_FILES = {
    "pair": ("certificate.pem", "private_key.pem"),
    "combined": ("combined.pem",),
    "pkcs12": ("device.p12",),
    "chain": ("chain.pem",),
    "trust_bundle": ("trust_bundle.pem",),
}


@dataclass(frozen=True)
class Outputs:
    """What every device of a batch gets.

    :ivar presented: the certificates behind a device's own
    :ivar trust_bundle: the trust anchor and those below it
    """

    kinds: tuple[str, ...]
    presented: tuple[x509.Certificate, ...]
    trust_bundle: tuple[x509.Certificate, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The files of a generation. Key and certificate are always there: without them nobody knew what is in use."""
        return tuple(name for kind in dict.fromkeys(("pair", *self.kinds)) for name in _FILES[kind])

    def files(
        self, key: CertificateIssuerPrivateKeyTypes, certificate: x509.Certificate, passphrase: str
    ) -> Iterator[tuple[str, NewFile]]:
        """The files of a generation, but for the key, which is there before the certificate."""
        chain = pem(certificate) + _pem(self.presented)
        yield "certificate.pem", NewFile(chain.encode())
        if "combined" in self.kinds:
            yield "combined.pem", NewFile(private_key_pem(key) + chain.encode(), _PRIVATE)
        if "pkcs12" in self.kinds:
            yield "device.p12", NewFile(_pkcs12(key, certificate, self.presented, passphrase), _PRIVATE)
        if "chain" in self.kinds:
            yield "chain.pem", NewFile(_pem(self.presented).encode())
        if "trust_bundle" in self.kinds:
            yield "trust_bundle.pem", NewFile(_pem(self.trust_bundle).encode())


@cache
def _pem(certificates: tuple[x509.Certificate, ...]) -> str:
    return pem(*certificates)


def _pkcs12(
    key: CertificateIssuerPrivateKeyTypes,
    certificate: x509.Certificate,
    above: Sequence[x509.Certificate],
    passphrase: str,
) -> bytes:
    """RFC 7292."""
    name = serial_hex(certificate).encode()
    encryption = BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(name, key, certificate, above, encryption)  # type: ignore[arg-type]  # keys that sign


class DeviceFolder:
    """The folder of one device.

    :param base: the folder of all devices
    """

    def __init__(self, base: Path, device: str) -> None:
        self.path = base / file_name(device)
        self._current = self.path / "current"
        self._next = self.path / ".next"

    def installed(self) -> Installed | None:
        """Certificate and key in use; None where there is none, or none that can be read."""
        try:
            text = (self._current / "certificate.pem").read_bytes()
            own, *above = read_certificates(text, where="")
            key = load_private_key((self._current / "private_key.pem").read_bytes(), None, where="")
        except FileNotFoundError:
            return None
        except (OSError, SiptlsError):
            return None
        return Installed(own, tuple(above), public_key_digits(key.public_key()))

    def missing(self, outputs: Outputs) -> tuple[str, ...]:
        """The files of the generation in use that are not there."""
        return tuple(name for name in outputs.names if not (self._current / name).is_file())

    @property
    def has_begun(self) -> bool:
        """Whether a run was interrupted here."""
        return self._next.is_dir()

    def begun_key(self) -> CertificateIssuerPrivateKeyTypes | None:
        """The key of a run that was interrupted; None where there is none."""
        return self._key(self._next)

    def current_key(self) -> CertificateIssuerPrivateKeyTypes | None:
        """The key in use; None where there is none."""
        return self._key(self._current)

    @staticmethod
    def _key(folder: Path) -> CertificateIssuerPrivateKeyTypes | None:
        try:
            return load_private_key((folder / "private_key.pem").read_bytes(), None, where="")
        except (OSError, SiptlsError):
            return None

    def begin(self, key: CertificateIssuerPrivateKeyTypes) -> None:
        """Stages a key. It is certain after the file system was flushed."""
        shutil.rmtree(self._next, ignore_errors=True) if self.has_begun else None
        self.path.mkdir(exist_ok=True)
        self._next.mkdir(0o755)
        write_unflushed(self._next / "private_key.pem", NewFile(private_key_pem(key), _PRIVATE))

    def stage(
        self,
        outputs: Outputs,
        key: CertificateIssuerPrivateKeyTypes,
        certificate: x509.Certificate,
        passphrase: str,
    ) -> None:
        """Puts the other files beside the staged key."""
        for name, new in outputs.files(key, certificate, passphrase):
            write_unflushed(self._next / name, new)

    def switch(self, certificate: x509.Certificate) -> None:
        """Uses what was staged from now on; the generation before stays, those before it go."""
        serial = serial_hex(certificate)
        before = self._current.readlink().name if self._current.is_symlink() else ""
        if (self.path / serial).is_dir():
            shutil.rmtree(self.path / serial)
        self._next.rename(self.path / serial)
        if not before:
            self._current.symlink_to(serial)
            return
        link = self.path / ".current"
        link.unlink(missing_ok=True)
        link.symlink_to(serial)
        link.rename(self._current)
        for entry in self.path.iterdir():
            if entry.is_dir() and not entry.is_symlink() and entry.name not in (serial, before):
                shutil.rmtree(entry)

    def complete(self, outputs: Outputs, passphrase: str) -> None:
        """Writes the files of the generation in use that are not there."""
        key, installed = self.current_key(), self.installed()
        missing = self.missing(outputs)
        if key is None or installed is None:
            return
        for name, new in outputs.files(key, installed.certificate, passphrase):
            if name in missing:
                temporary = self._current / f".{name}.new"
                write_unflushed(temporary, new)
                temporary.rename(self._current / name)

    def forget_begun(self) -> None:
        """Removes what an interrupted run staged and nobody needs."""
        shutil.rmtree(self._next, ignore_errors=True)
