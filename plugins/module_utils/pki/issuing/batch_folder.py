# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one device of a batch, on the controller.

```
NAME -> .generations/NAME.SERIAL   what is in use: a link, replaced by one rename
.generations/NAME.SERIAL/          all files of one certificate
.next/NAME/private_key.pem         a key for which a certificate is being made
```

Whoever reads through the link sees files that belong together, whatever is interrupted. The generation before stays.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...errors import SiptlsError
from ...file_errors import writing
from ...files import PRIVATE_FOLDER, NewFile, make_folder, write_unflushed
from ..store.directory import file_name
from ..x509.certificates import pem, read_certificates, serial_hex
from ..x509.keys import load_private_key, private_key_pem, public_key_digits
from .renewal import Installed

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["DeviceFolder", "Outputs"]

_PRIVATE = 0o600
_NEXT, _GENERATIONS, _PREVIOUS = ".next", ".generations", ".previous"
_CERTIFICATE, _KEY = "certificate.pem", "private_key.pem"
_FILES = {
    "pair": (_CERTIFICATE, _KEY),
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
        yield _CERTIFICATE, NewFile(chain.encode())
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
    """The files of one device.

    :param base: the folder of all devices; :meth:`prepare` made it
    """

    def __init__(self, base: Path, device: str) -> None:
        self._base, self._name = str(base), file_name(device)
        self._link = f"{base}/{self._name}"
        self._next = f"{base}/{_NEXT}/{self._name}"

    @staticmethod
    def prepare(base: Path) -> None:
        """Makes the folders that all devices share, for the user who runs Ansible alone: they hold private keys.

        :raises SiptlsError: the file system refused
        """
        for folder in (base, base / _NEXT, base / _GENERATIONS):
            make_folder(folder, PRIVATE_FOLDER)

    def installed(self) -> Installed | None:
        """Certificate and key in use; None where there is none, or none that can be read."""
        try:
            own, *above = read_certificates(_read(f"{self._link}/{_CERTIFICATE}"), where="")
            key = load_private_key(_read(f"{self._link}/{_KEY}"), None, where="")
        except (OSError, SiptlsError):
            return None
        return Installed(own, tuple(above), public_key_digits(key.public_key()))

    def missing(self, outputs: Outputs) -> tuple[str, ...]:
        """The files of the generation in use that are not there."""
        return tuple(name for name in outputs.names if not os.path.isfile(f"{self._link}/{name}"))

    def begun_key(self) -> CertificateIssuerPrivateKeyTypes | None:
        """The key of a run that was interrupted; None where there is none."""
        return _key(self._next)

    def current_key(self) -> CertificateIssuerPrivateKeyTypes | None:
        """The key in use; None where there is none."""
        return _key(self._link)

    def begin(self, key: CertificateIssuerPrivateKeyTypes) -> None:
        """Stages a key. It is certain after the file system was flushed."""
        with writing(self._next):
            if os.path.lexists(self._next):
                shutil.rmtree(self._next)
            os.mkdir(self._next, PRIVATE_FOLDER)
        write_unflushed(f"{self._next}/{_KEY}", NewFile(private_key_pem(key), _PRIVATE))

    def stage(
        self,
        outputs: Outputs,
        key: CertificateIssuerPrivateKeyTypes,
        certificate: x509.Certificate,
        passphrase: str,
    ) -> None:
        """Puts the other files beside the staged key."""
        for name, new in outputs.files(key, certificate, passphrase):
            write_unflushed(f"{self._next}/{name}", new)

    def switch(self, certificate: x509.Certificate) -> None:
        """Uses what was staged from now on; the generation before stays, the one before that goes."""
        generation = self._generation(certificate)
        path = f"{self._base}/{generation}"
        with writing(path):
            before = self._in_use()
            if os.path.isdir(path):
                shutil.rmtree(path)
            if before:
                os.symlink(os.path.basename(before), f"{self._next}/{_PREVIOUS}")
            os.rename(self._next, path)
        self._lead_to(generation, before)

    def key_of(self, certificate: x509.Certificate) -> CertificateIssuerPrivateKeyTypes | None:
        """The key of the generation of this certificate; None where there is no such generation."""
        return _key(f"{self._base}/{self._generation(certificate)}")

    def adopt(self, certificate: x509.Certificate) -> None:
        """Uses the generation of this certificate, which a run that was interrupted left a step before its end."""
        self._lead_to(self._generation(certificate), self._in_use())

    def _generation(self, certificate: x509.Certificate) -> str:
        return f"{_GENERATIONS}/{self._name}.{serial_hex(certificate)}"

    def _in_use(self) -> str:
        try:
            return os.readlink(self._link)
        except FileNotFoundError:
            return ""

    def _lead_to(self, generation: str, before: str) -> None:
        with writing(self._link):
            if not before:
                os.symlink(generation, self._link)
                return
            new = f"{self._base}/{_NEXT}/{self._name}.link"
            with suppress(FileNotFoundError):
                os.unlink(new)
            os.symlink(generation, new)
            os.rename(new, self._link)
        if before != generation:
            self._forget_before(before)

    def _forget_before(self, generation: str) -> None:
        with suppress(OSError):
            oldest = os.readlink(f"{self._base}/{generation}/{_PREVIOUS}")
            shutil.rmtree(f"{self._base}/{_GENERATIONS}/{oldest}")

    def complete(self, outputs: Outputs, passphrase: str) -> None:
        """Writes the files of the generation in use that are not there."""
        key, installed = self.current_key(), self.installed()
        missing = self.missing(outputs)
        if key is None or installed is None:
            return
        for name, new in outputs.files(key, installed.certificate, passphrase):
            if name in missing:
                with writing(f"{self._link}/{name}"):
                    write_unflushed(f"{self._link}/.{name}.new", new)
                    os.rename(f"{self._link}/.{name}.new", f"{self._link}/{name}")


def _key(folder: str) -> CertificateIssuerPrivateKeyTypes | None:
    try:
        return load_private_key(_read(f"{folder}/{_KEY}"), None, where="")
    except (OSError, SiptlsError):
        return None


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()
