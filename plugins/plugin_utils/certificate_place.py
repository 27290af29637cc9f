# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversation with a device about its certificate: look, request, publish."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.issuing.renewal import Installed
from ..module_utils.pki.x509.certificates import read_certificates
from ..module_utils.pki.x509.keys import KeyType, describe_public_key, public_key_digits
from .answer import Answer
from .device import Call, Device
from .listing import Listed, parse_listing

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["CertificatePlace", "Generation", "InstalledState"]

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_PUBLIC = 0o644
_PRIVATE = 0o600
_PRIVATE_TO_GROUP = 0o640
_SECONDS_FOR_RSA = 600  # an appliance may look for its primes that long
_RESERVED = ("current", "generations", "staging")


@dataclass(frozen=True)
class Generation:
    """One of the pairs that a device keeps.

    :ivar name: the serial number of its certificate, or ``imported``
    :ivar previous: the name of the generation before it; empty for the first
    """

    name: str
    previous: str
    certificate: x509.Certificate


@dataclass(frozen=True)
class InstalledState:
    """What a look at a device found.

    :ivar generation: the name of the generation in use; None where there is none
    :ivar installed: its certificate and key; None where there is no readable certificate
    :ivar foreign: whether a pair that was installed by other means is there instead
    :ivar linked: whether the paths that services read lead through ``current``
    :ivar trust_bundle: the trust bundle's text; None where there is none
    :ivar drift: what is otherwise than wanted of the files' owners and modes, in words
    :ivar generations: all that the device keeps, where they were asked for
    """

    generation: str | None
    installed: Installed | None
    foreign: bool
    linked: bool
    trust_bundle: str | None
    drift: tuple[str, ...]
    generations: tuple[Generation, ...]

    def trusts(self, anchors: tuple[x509.Certificate, ...]) -> bool:
        """Whether all of these are in the trust bundle, whatever else is."""
        return set(anchors) <= set(self.anchors)

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """What can be read in the trust bundle."""
        return tuple(_certificates(self.trust_bundle or ""))

    def has_key_of(self, key_type: KeyType) -> bool:
        """Whether the certificate in use is for a key of this type."""
        return (
            self.installed is not None and describe_public_key(self.installed.certificate.public_key()) == key_type.name
        )


@dataclass(frozen=True)
class CertificatePlace:
    """Where a device keeps its certificate, and whose it is there.

    :ivar directory: absolute, on the device
    :ivar certificate: name of the certificate file in it; so for the key and the trust bundle
    :ivar owner: a name or number; empty to leave it alone; so for the group
    """

    directory: str
    certificate: str
    private_key: str
    trust_bundle: str
    owner: str
    group: str

    def __post_init__(self) -> None:
        names = {"certificate": self.certificate, "private_key": self.private_key, "trust_bundle": self.trust_bundle}
        for option, name in names.items():
            if not _FILE_NAME.fullmatch(name) or name in _RESERVED:
                raise SiptlsError(
                    f"{option} cannot be the name of a file in {self.directory}",
                    expected=f"letters, digits, dot, dash and underscore, and none of {', '.join(_RESERVED)}",
                    found=repr(name),
                )
        if len(set(names.values())) < len(names):
            raise SiptlsError("certificate, private_key and trust_bundle are to be three files", found=str(names))
        if not self.directory.startswith("/") or not self.directory.isprintable():
            raise SiptlsError("directory is no absolute path on the device", found=repr(self.directory))
        if len({name.isdecimal() for name in (self.owner, self.group) if name}) > 1:
            raise SiptlsError(
                "owner and group are to be two names or two numbers", found=f"{self.owner!r} and {self.group!r}"
            )

    @property
    def _private(self) -> int:
        """The mode of the key: a group that was named on purpose may read it, for a service that runs in that group."""
        return _PRIVATE if self.group in ("", "root", "0", self.owner) else _PRIVATE_TO_GROUP

    @property
    def _by_number(self) -> bool:
        return self.owner.isdecimal() or self.group.isdecimal()

    def look(self, device: Device, *, generations: bool = False) -> InstalledState:
        """What the device has now, in one round trip that changes nothing.

        :param generations: whether to list those that are not in use as well
        :raises SiptlsError: the device cannot be looked at
        """
        call = self.look_call(generations=generations)
        return self.found(device.run(call.script, call.parameters), device.name)

    def look_call(self, *, generations: bool = False) -> Call:
        """What :meth:`look` runs; what it says is for :meth:`found`."""
        return Call("certificate_look.sh", self._parameters(state="previous" if generations else "present"))

    def found(self, answer: Answer, where: str) -> InstalledState:
        """What the answer to :meth:`look_call` tells.

        :param where: the device, for errors
        :raises SiptlsError: a private key is where everybody may read it
        """
        self._refuse_stray_keys(answer, where)
        files = parse_listing(answer.body("files") or "")
        current, bundle = files.get("current"), files.get(self.trust_bundle)
        pair = (self.certificate, self.private_key)
        return InstalledState(
            generation=current.target.rpartition("/")[2] if current and current.target else None,
            installed=_installed(answer),
            foreign=not current and all(name in files and not _is_link(files[name], name) for name in pair),
            linked=all(name in files and _is_link(files[name], name) for name in pair),
            # A symlink to what somebody else keeps gives way to a file that is kept here.
            trust_bundle=answer.body("trust_bundle") if bundle and not bundle.target else None,
            drift=tuple(self._drift(files)),
            generations=tuple(_generations(answer)),
        )

    def _refuse_stray_keys(self, answer: Answer, where: str) -> None:
        """A private key in a file that is published for everybody to read. Only its owner can tell what is to become of it."""
        for name, _body in answer.each("stray_key"):
            belongs = "the certificate of a CA" if name == self.trust_bundle else "a certificate"
            raise SiptlsError(
                f"a private key is in {self.directory}/{name}, where {belongs} belongs; nothing was changed",
                where=where,
                remedy="move the key out of the file; it is compromised if others than its owner could read the file: then revoke its"
                " certificate (siptls.vos.revoke) and run again",
            )

    def _drift(self, files: dict[str, Listed]) -> list[str]:
        modes = {
            f"current/{self.certificate}": _PUBLIC,
            f"current/{self.private_key}": self._private,
            self.trust_bundle: _PUBLIC,
        }
        return [
            f"{name}: {words}"
            for name, mode in modes.items()
            if name in files
            for words in files[name].drift(mode, self.owner, self.group)
        ]

    def request(self, device: Device, key_type: KeyType, *, rekey: bool) -> tuple[str, bytes]:
        """Has the device make a key, or take the one in use, and prove that it holds it.

        :returns: the token of what the device staged, and its certificate signing request, PEM
        :raises SiptlsError: the device cannot do it
        """
        token = secrets.token_hex(8)
        parameters = self._parameters(
            token=token,
            rekey="always" if rekey else "never",
            genpkey=" ".join(key_type.openssl),
            openssl_minimum=key_type.openssl_minimum,
        )
        patience = _SECONDS_FOR_RSA if key_type.name.startswith("rsa") else 0
        request = device.run("certificate_request.sh", parameters, seconds=patience).body("request") or ""
        return token, request.encode(errors="surrogateescape")

    def publish(
        self, device: Device, generation: str, *, token: str = "", chain: str = "", trust_bundle: str = ""
    ) -> None:
        """Has the device put its trust bundle, its files' owners and modes, and the generation in use in order.

        :param generation: the generation to use, named by its serial number
        :param token: what the device staged for it; empty for a generation that the device has already
        :param chain: with ``token``: the certificate and those behind it, PEM
        :param trust_bundle: PEM; empty to leave the one that is there
        :raises SiptlsError: a proof or a step failed; the generation in use before is still in use
        """
        parameters = self._parameters(generation=generation, token=token, chain_text=chain, bundle_text=trust_bundle)
        device.run("certificate_publish.sh", parameters)

    def _parameters(self, **more: str) -> dict[str, str]:
        return {
            "directory": self.directory,
            "certificate": self.certificate,
            "private_key": self.private_key,
            "trust_bundle": self.trust_bundle,
            "owner": self.owner,
            "group": self.group,
            "private_mode": f"{self._private:o}",
            "numeric": "n" if self._by_number else "",
            **more,
        }


def _is_link(listed: Listed, name: str) -> bool:
    """Whether a path that services read leads through ``current``."""
    return listed.target == f"current/{name}"


def _installed(answer: Answer) -> Installed | None:
    """Certificate and key in use; None where no certificate can be read, which a new one will put right."""
    certificates = _certificates(answer.body("certificate") or "")
    if not certificates:
        return None
    own, *above = certificates
    return Installed(own, tuple(above), _public_key(answer.body("public_key") or ""))


def _generations(answer: Answer) -> list[Generation]:
    found = []
    for value, body in answer.each("generation"):
        name, _blank, previous = value.partition(" ")
        certificates = _certificates(body)
        if certificates:
            found.append(Generation(name, previous, certificates[0]))
    return found


def _certificates(text: str) -> tuple[x509.Certificate, ...]:
    try:
        return read_certificates(text.encode(errors="surrogateescape"), where="")
    except SiptlsError:
        return ()


def _public_key(text: str) -> bytes | None:
    try:
        return public_key_digits(serialization.load_pem_public_key(text.encode()))  # type: ignore[arg-type]  # compared only
    except (ValueError, UnsupportedAlgorithm):
        return None
