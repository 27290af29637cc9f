# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a register and a signer by the options of a task that name OpenBao."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...bao.client import Client
from ...bao.options import Cluster, Login, checked_mount
from ...bao.session import Session
from ...errors import SiptlsError
from ...timestamps import utc_now
from ..register import Register
from ..signer import Signer
from ..store.directory import PkiDirectory, resolved
from ..store.revocation_record import Revocation
from .authorities import BaoAuthorities
from .register import BaoRegister
from .signer import BaoSigner

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["bao_authorities", "bao_register", "bao_session", "bao_signer"]


def bao_session(bao: Mapping[str, Any], base: Path, folder: Path | None) -> Session:
    """The session that these options name. Nobody logs in yet.

    :param bao: ``addresses``, ``ca_certificate`` and ``auth``
    :param base: the folder on the controller at which a relative path begins
    :param folder: of this run of Ansible, mode 0700, which keeps the token of the run; None for this process alone
    :raises SiptlsError: an option is wrong
    """
    return Session(Cluster.checked(bao, base), Login.checked(bao.get("auth"), base), folder)


def bao_register(bao: Mapping[str, Any], client: Client, root_fingerprints: list[str] | None) -> BaoRegister:
    """The register in the KV engine that these options name.

    :raises SiptlsError: there is no such option, or a fingerprint that is not one
    """
    return BaoRegister(client, checked_mount(str(bao.get("kv") or ""), "bao.kv"), root_fingerprints)


def bao_signer(issuer: Mapping[str, Any], client: Client, register: Register) -> Callable[[], Signer]:
    """What makes the signer of the CA that these options name.

    :param issuer: ``bao``, ``authority`` and perhaps ``publication_url``
    """

    def made() -> Signer:
        authority = register.authority(issuer["authority"])
        url = issuer.get("publication_url")
        if url is not None:
            authority.publication.check_base(url, where=f"authority {authority.name}")

        def discard(certificate: x509.Certificate) -> None:
            revocation = Revocation(
                "",
                certificate.serial_number,
                "unspecified",
                utc_now().replace(microsecond=0),
                certificate.not_valid_after_utc,
            )
            # Who may issue need not be allowed to revoke; the error about the certificate comes in any case
            with suppress(SiptlsError):
                register.revoke(authority.name, revocation)

        return BaoSigner(authority, client, bao_mount(issuer["bao"]), discard)

    return made


def bao_authorities(options: Mapping[str, Any], base: Path, folder: Path | None) -> tuple[PkiDirectory, BaoAuthorities]:
    """The register that these options name, and the issuers of the PKI engine beside it.

    :param options: ``bao`` and ``root_fingerprints``
    :raises SiptlsError: an option is wrong
    """
    bao, pins = options["bao"], options.get("root_fingerprints")
    client = bao_session(bao, base, folder).client()
    register = PkiDirectory(resolved(bao["pki"], base), pins) if bao.get("pki") else bao_register(bao, client, pins)
    return register, BaoAuthorities(register, client, bao_mount(bao))


def bao_mount(bao: Mapping[str, Any]) -> str:
    """The mount of the PKI engine.

    :raises SiptlsError: it is not one
    """
    return checked_mount(str(bao.get("mount") or "pki"), "bao.mount")
