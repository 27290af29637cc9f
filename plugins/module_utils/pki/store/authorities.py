# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CAs of a PKI directory. Each time one is loaded, its exact chain is verified, and its root compared with the pins."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from pathlib import Path

from ...errors import SiptlsError
from ...files import NewFile, create_directory, create_file, exclusive
from ..authority.authority import LOCKS, StoredAuthority, StoredKey
from ..authority.root_pins import RootPins, check_chain
from ..text.names import device_name, file_name
from ..text.reader import PkiFiles
from ..x509.certificates import describe_certificate, fingerprint, is_issued_by, pem, read_certificates
from ..x509.publication import NOWHERE, Publication

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["AuthorityFiles"]

_PUBLICATION = "publication.txt"
_NOT_FOR_GIT = ".*.tmp\n/.locks/\n"


class AuthorityFiles:
    """The CAs of a PKI directory.

    :param path: where it is on the controller
    :param root_fingerprints: SHA-256 fingerprints of the roots that the inventory pins; empty for any root
    :param files: what reads and writes there; by default the file system
    :ivar files: the same
    :raises SiptlsError: a fingerprint that is not one
    """

    def __init__(self, path: Path, root_fingerprints: Iterable[str] | None = (), files: PkiFiles | None = None) -> None:
        self.path = path
        self.files = files or PkiFiles(path)
        self.pins = RootPins.checked(root_fingerprints)

    def authority(self, name: str) -> StoredAuthority:
        """The authority called ``name``.

        :raises SiptlsError: there is none, or its files cannot be read
        """
        authority = self.find_authority(name)
        if authority is None:
            present = ", ".join(self._names("authorities")) or "none"
            raise SiptlsError(
                f"there is no authority named {name!r}",
                where=str(self.path),
                expected=f"one of: {present}",
                remedy="make it with siptls.vos.authority first, or correct the name or the path of the PKI directory",
            )
        return authority

    @property
    def location(self) -> str:
        """Where it is, for a reader."""
        return str(self.path)

    @property
    def identity(self) -> str:
        """What tells it apart from every other one."""
        return str(self.path.resolve())

    def contains(self, path: Path) -> bool:
        """Whether a path on the controller is in it."""
        return path.resolve().is_relative_to(self.path.resolve())

    @property
    def pins_roots(self) -> bool:
        """Whether the inventory pins roots."""
        return bool(self.pins.fingerprints)

    def check_root(self, root: x509.Certificate, *, where: str) -> None:
        """Makes sure that a root may be trusted.

        :raises SiptlsError: the inventory pins others
        """
        self.pins.check(root, where=where)

    def check_exists(self) -> None:
        """Makes sure that there is a PKI directory.

        :raises SiptlsError: there is none
        """
        path = self.path
        if (path / "authorities").is_dir():
            return
        raise SiptlsError(
            "there is no PKI directory here",
            where=str(path),
            expected="a folder with authorities/ in it, as siptls.vos.authority makes it",
            found="a folder without it" if path.is_dir() else "a file" if path.exists() else "nothing",
            remedy="correct the path; or make the first authority",
        )

    def authority_names(self) -> list[str]:
        """The names of all authorities, whether or not they can be loaded."""
        return self._names("authorities")

    def anchors(self, names: Iterable[str]) -> tuple[x509.Certificate, ...]:
        """The trust anchors of these authorities and what is below them, each certificate once.

        By the authorities' names, so that their order says nothing: nobody's bundle changes when one takes over from another.

        :raises SiptlsError: there is no such authority
        """
        authorities = [self.authority(name) for name in sorted(set(names))]
        return tuple(dict.fromkeys(certificate for one in authorities for certificate in one.trust_bundle))

    def find_authority(self, name: str) -> StoredAuthority | None:
        """The authority called ``name``, or None where there is none.

        :raises SiptlsError: its files cannot be read, its chain is not exactly that of its certificate, its root is not pinned,
            or its chain names a CA of this directory by a certificate that is not that CA's
        """
        folder = self._authority_folder(name)
        if not self.files.has(folder):
            return None
        own = self._certificates(folder / "certificate.pem")
        above = self.files.read(folder / "chain.pem")
        chain = read_certificates(above, where=str(folder / "chain.pem")) if above.strip() else ()
        root = check_chain(own, chain, where=str(folder))
        self.pins.check(root, where=f"authority {name} ({folder})")
        self._refuse_other_of_same_name(name, chain)
        return StoredAuthority(name, folder, own[0], chain, self._publication(folder))

    def _certificates(self, path: Path) -> tuple[x509.Certificate, ...]:
        return read_certificates(self.files.read(path), where=str(path))

    def _publication(self, folder: Path) -> Publication:
        published = folder / _PUBLICATION
        if not self.files.has(published):
            return NOWHERE
        return Publication.parse(self.files.read(published), where=str(published))

    def _refuse_other_of_same_name(self, name: str, chain: tuple[x509.Certificate, ...]) -> None:
        """A root that is exchanged in the chain of one CA alone shows, whether or not roots are pinned."""
        for above in chain:
            of_name = [
                own for other, own in self._own_certificates.items() if other != name and own.subject == above.subject
            ]
            if of_name and above not in of_name:
                raise SiptlsError(
                    f"the chain of authority {name} holds another {above.subject.rfc4514_string()} than this PKI directory",
                    where=str(self._authority_folder(name) / "chain.pem"),
                    expected=f"SHA-256 {fingerprint(of_name[0])}",
                    found=f"SHA-256 {fingerprint(above)}",
                    remedy="restore chain.pem and certificate.pem from git; a CA is replaced by a CA rollover, under another name",
                )

    @cached_property
    def _own_certificates(self) -> dict[str, x509.Certificate]:
        """By name, the certificate of each CA that can be read."""
        found = {}
        for name in self._names("authorities"):
            with suppress(SiptlsError):
                found[name] = self._certificates(self._authority_folder(name) / "certificate.pem")[0]
        return found

    @cached_property
    def trusted_authorities(self) -> dict[str, StoredAuthority]:
        """By name, the CAs that can be loaded. What no CA among them signed decides nothing."""
        found = {}
        for name in self._names("authorities"):
            with suppress(SiptlsError):
                found[name] = self.authority(name)
        return found

    def issuer_of(self, certificate: x509.Certificate, *, likely: str = "") -> StoredAuthority | None:
        """The CA of this directory whose key signed a certificate; None where there is none.

        :param likely: the name of the one to try first
        """
        candidates = sorted(self.trusted_authorities.values(), key=lambda one: one.name != likely)
        return next((one for one in candidates if is_issued_by(certificate, one.certificate)), None)

    def distrusted_issuer_of(self, certificate: x509.Certificate) -> tuple[str, str]:
        """The CA of this directory that signed a certificate and is not trusted, and why; two empty texts where there is none."""
        for name, own in self._own_certificates.items():
            if name not in self.trusted_authorities and is_issued_by(certificate, own):
                try:
                    self.authority(name)
                except SiptlsError as error:
                    return name, f"{error.problem}: {error.found}" if error.found else error.problem
        return "", ""

    def add_authority(
        self,
        name: str,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
        key: StoredKey | None,
        publication: Publication = NOWHERE,
    ) -> StoredAuthority:
        """Records a new authority: all of it, or nothing.

        :param key: None where it is kept elsewhere, as in OpenBao
        :raises FileExistsError: the name is taken
        """
        self._describe_to_git()
        folder = self.files.writable(self._authority_folder(name))
        files = {
            "certificate.pem": NewFile((describe_certificate(certificate) + pem(certificate)).encode()),
            "chain.pem": NewFile(pem(*chain).encode()),
        }
        if key:
            files[key.name] = key.file
        if publication.render():
            files[_PUBLICATION] = NewFile(publication.render())
        create_directory(folder, files)
        for known in ("_own_certificates", "trusted_authorities"):
            self.__dict__.pop(known, None)
        return StoredAuthority(name, folder, certificate, chain, publication)

    def making_authorities(self) -> AbstractContextManager[None]:
        """Whoever makes an authority does so alone."""
        return self.alone("authorities")

    @property
    def token_lock(self) -> Path:
        """The file that processes lock while they use a token."""
        return self.path / LOCKS / "token"

    def alone(self, at: str) -> AbstractContextManager[None]:
        """One process at a time works at this."""
        return exclusive(self.files.writable(self.path / LOCKS / at))

    def publish_at(self, authority: StoredAuthority, publication: Publication) -> None:
        """Records where the authority publishes from now on."""
        self.files.replace(authority.folder / _PUBLICATION, publication.render())

    def authority_path(self, name: str) -> Path:
        """The folder of an authority, there or not."""
        return self._authority_folder(name)

    def publication_path(self, name: str) -> Path:
        """The file with the addresses of an authority's publication, there or not."""
        return self._authority_folder(name) / _PUBLICATION

    def _authority_folder(self, name: str) -> Path:
        return self.path / "authorities" / file_name(name)

    def _names(self, kind: str) -> list[str]:
        return sorted(device_name(name) for name in self.files.names(self.path / kind))

    def _describe_to_git(self) -> None:
        """Keeps what a killed run may leave behind, and locks, out of git."""
        with suppress(FileExistsError):
            create_file(self.path / ".gitignore", NewFile(_NOT_FOR_GIT.encode()))
