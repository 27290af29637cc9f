# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to a register and to a signer: by the options of a task, an inventory source or a filter.

Whoever asks here does not know which pair it gets: the PKI directory and the keys in it or in a token; the PKI directory and OpenBao; or
OpenBao for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import SiptlsError
from .issuing.issuer import Issuer
from .issuing.key_signer import KeySigner
from .openbao.opening import bao_register, bao_session, bao_signer
from .register import Register
from .signer import Signer
from .store.directory import PkiDirectory, resolved

__all__ = ["Opened", "opened", "opened_at", "resolved"]


def opened(issuer: Mapping[str, Any], base: Path, run_folder: Path | None = None) -> Opened:
    """The register and the signer that these options name. Nothing is read yet.

    :param issuer: ``pki`` or ``bao``, and ``root_fingerprints`` where roots are pinned; for a signer also ``authority``, ``passphrase`` of
        a key in the PKI directory, and ``pkcs11_module`` and ``publication_url`` where they are given. ``bao`` with ``pki`` among its own
        options keeps records in that PKI directory, and with ``kv`` in OpenBao
    :param base: the folder on the controller at which a relative path begins
    :param run_folder: of this run of Ansible, mode 0700, which keeps the token for OpenBao
    :raises SiptlsError: options that contradict each other, or a fingerprint that is not one
    """
    bao, pins = issuer.get("bao"), issuer.get("root_fingerprints")
    if not bao:
        if not issuer.get("pki"):
            raise _unclear(issuer, {})
        directory = PkiDirectory(resolved(issuer["pki"], base), pins)
        return Opened(directory, lambda: _key_signer(directory, issuer), directory)
    if issuer.get("pki") or bool(bao.get("pki")) == bool(bao.get("kv")):
        raise _unclear(issuer, bao)
    client = bao_session(bao, base, run_folder).client()
    if bao.get("pki"):
        directory = PkiDirectory(resolved(bao["pki"], base), pins)
        return Opened(directory, bao_signer(issuer, client, directory), directory)
    register = bao_register(bao, client, pins)
    return Opened(register, bao_signer(issuer, client, register))


def opened_at(place: str | Mapping[str, Any], base: Path, run_folder: Path | None = None) -> Opened:
    """The register at a place, as filters have it.

    :param place: the path of a PKI directory, or a dictionary with ``bao``
    :raises SiptlsError: as :func:`opened`
    """
    return opened({"bao": place.get("bao")} if isinstance(place, Mapping) else {"pki": place}, base, run_folder)


def _unclear(issuer: Mapping[str, Any], bao: Mapping[str, Any]) -> SiptlsError:
    places = {"pki": issuer.get("pki"), "bao.pki": bao.get("pki"), "bao.kv": bao.get("kv")}
    return SiptlsError(
        "it is not clear where the records of the PKI are",
        expected="one of pki, bao.kv and bao.pki: records in a PKI directory with its keys, in OpenBao, or in a PKI directory without keys",
        found=", ".join(name for name, given in places.items() if given) or "none of them",
    )


def _key_signer(directory: PkiDirectory, options: Mapping[str, Any]) -> Signer:
    name, url = options["authority"], options.get("publication_url")
    authority = directory.authority(name).reached_by(options.get("pkcs11_module"))
    if url is not None:
        authority.publication.check_base(url, where=f"authority {name}")
    return KeySigner(authority, options.get("passphrase") or "")


class Opened:
    """A register, and the signer of one of its CAs.

    :ivar register: who got what
    """

    def __init__(
        self, register: Register, make_signer: Callable[[], Signer], directory: PkiDirectory | None = None
    ) -> None:
        self.register = register
        self._make_signer = make_signer
        self._directory = directory

    @property
    def directory(self) -> PkiDirectory:
        """The PKI directory, for siptls.vos.authority alone, which makes CAs whose keys are kept in it.

        :raises SiptlsError: the records are in OpenBao
        """
        if self._directory is None:
            raise SiptlsError(
                "there is no PKI directory: records are in OpenBao",
                where=self.register.location,
                remedy="make CAs in OpenBao with siptls.vos.openbao_authority",
            )
        return self._directory

    @cached_property
    def signer(self) -> Signer:
        """The signer of the CA that the options name.

        :raises SiptlsError: there is no such CA, or it publishes elsewhere than at ``publication_url``
        """
        return self._make_signer()

    @cached_property
    def issuer(self) -> Issuer:
        """Both, to issue certificates with.

        :raises SiptlsError: as :attr:`signer`
        """
        return Issuer(self.register, self.signer)
