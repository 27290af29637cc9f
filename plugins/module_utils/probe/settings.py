# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe of one device goes by: what it was told, and what the device says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..clocks import clock_words
from ..findings import Finding
from ..tls.pem import PemFile, private_key_line, read_pem

try:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["OUR_CLOCK_IS_SURE_TO", "DeviceFacts", "DeviceFile", "Own", "Target"]

#: Seconds that two clocks may be apart before anything is said of it.
OUR_CLOCK_IS_SURE_TO = 60

_RENEW = "run siptls.vos.device_certificate for this device, or correct the path"
_MOVE_AWAY = (
    "move the key out of the file; it is compromised if others than its owner could read the file: then revoke its certificate"
    " (siptls.vos.revoke) and run siptls.vos.rotate for this device"
)
_READ = "run with become, or correct the permissions"


@dataclass(frozen=True)
class Target:
    """Whom it is about.

    :ivar connect: HOST:PORT
    :ivar server_name: what is asked for (SNI)
    :ivar domain: the SIP domain that the server is to speak for
    """

    connect: str
    server_name: str
    domain: str


@dataclass(frozen=True)
class DeviceFile:
    """A file of the device, as it was found.

    :ivar state: ``there``, ``missing``, ``unreadable``; ``unused`` where none was named
    :ivar text: empty unless it is there
    """

    path: str
    state: str
    text: str = ""

    def why_not_there(self, what: str) -> Finding | None:
        """Why it cannot be used, whatever is in it."""
        if self.state == "missing":
            return Finding(f"{what} {self.path} does not exist on the device", remedy=_RENEW)
        if self.state == "unreadable":
            return Finding(f"{what} {self.path} cannot be read by this user of the device", remedy=_READ)
        return None

    def stray_key(self, belongs: str) -> Finding | None:
        """A private key in a file that everybody may read. The device told where it is, and sent nothing of it.

        :param belongs: what the file is for
        """
        line = private_key_line(self.text)
        if not line:
            return None
        return Finding(f"a private key is in {self.path}, where {belongs} belongs", (f"line {line}",), _MOVE_AWAY)


@dataclass(frozen=True)
class Own:
    """What the device offers as its identity.

    :ivar public_key: of the private key, PEM as openssl writes it; empty where openssl cannot read the key
    :ivar certificate_key: of the certificate, likewise
    :ivar key_problem: what openssl says of a key that it cannot read, and the line, where one can be told
    """

    certificate: DeviceFile
    private_key: DeviceFile
    public_key: str = ""
    certificate_key: str = ""
    key_problem: str = ""

    @property
    def pem(self) -> PemFile:
        """The certificates of the file."""
        return read_pem(self.certificate.text)

    @property
    def leaf(self) -> x509.Certificate | None:
        """The device's own certificate; None where it offers none, or one that cannot be read."""
        return next(iter(self.pem.certificates), None) if self.certificate.state == "there" else None

    @property
    def is_for_clients(self) -> bool:
        """Whether its extended key usage lets it be used by a client (RFC 5280, section 4.2.1.12)."""
        leaf = self.leaf
        if leaf is None:
            return False
        try:
            usages = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            return True
        return bool(usages & {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})

    def problem(self) -> Finding | None:
        """Why the device cannot use it at all."""
        if self.certificate.state == "unused":
            return None
        for file, what in ((self.certificate, "the certificate"), (self.private_key, "the private key")):
            if finding := file.why_not_there(what):
                return finding
        if problem := self.pem.problem:
            # Swapped paths; where the certificate is readable beside the key, a connection works
            if stray := self.certificate.stray_key("a certificate"):
                return stray
            return Finding(
                f"the certificate {self.certificate.path} is not readable PEM", (problem,), "write the file again"
            )
        if not self.public_key:
            return Finding(
                f"the private key {self.private_key.path} is not readable PEM, or is encrypted",
                (self.key_problem,) if self.key_problem else (),
                "a service that starts unattended needs a key without passphrase; run siptls.vos.device_certificate to make a new pair",
            )
        if self.certificate_key and self.public_key != self.certificate_key:
            return Finding(
                "certificate and private key of the device are no pair",
                (f"the public key in {self.certificate.path} is not that of {self.private_key.path}",),
                "run siptls.vos.device_certificate, which publishes both as one, or put the right files there",
            )
        return None


@dataclass(frozen=True)
class DeviceFacts:
    """What the device says of itself.

    :ivar openssl: its version, as it says it
    :ivar ahead: seconds that its clock is ahead of the controller's, less than zero where it is behind
    :ivar now: the time by the controller's clock, UTC
    """

    openssl: str
    ahead: int
    now: datetime
    own: Own
    trust_bundle: DeviceFile
    crl: DeviceFile

    @property
    def is_off(self) -> bool:
        """Whether its clock and the controller's are so far apart that one of them is wrong."""
        return abs(self.ahead) > OUR_CLOCK_IS_SURE_TO

    @property
    def clock_words(self) -> str:
        """How far its clock is off, for a reader."""
        return f"the device's clock is {clock_words(self.ahead)}"

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """The certificates of the trust bundle."""
        return read_pem(self.trust_bundle.text).certificates

    def problem(self) -> Finding | None:
        """Why it cannot begin a connection that proves anything."""
        if finding := self.own.problem():
            return finding
        for file, what in ((self.trust_bundle, "the trust bundle"), (self.crl, "the revocation list")):
            if file.state != "unused" and (finding := file.why_not_there(what)):
                return finding
        if problem := read_pem(self.trust_bundle.text).problem:
            if stray := self.trust_bundle.stray_key("the certificate of a CA"):
                return stray
            return Finding(
                f"the trust bundle {self.trust_bundle.path} is not readable PEM", (problem,), "write the file again"
            )
        return None
