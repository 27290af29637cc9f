# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.authority: a certificate authority in the PKI directory, on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.authority.authority import StoredAuthority, StoredKey
from ..module_utils.pki.authority.create import (
    Made,
    Signer,
    WantedAuthority,
    differences,
    make,
    subject_name,
    verify_brought,
)
from ..module_utils.pki.authority.pkcs11 import TokenKey
from ..module_utils.pki.openbao.opening import bao_authorities
from ..module_utils.pki.x509.certificates import describe_certificate, fingerprint, pem, read_certificates, serial_hex
from ..module_utils.pki.x509.keys import KEY_TYPES, encrypt_private_key, key_type_named, load_private_key
from ..module_utils.pki.x509.publication import NOWHERE, Publication
from ..module_utils.timestamps import utc_now, write_time
from ..plugin_utils.bao_authority import BaoAuthority
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.operation import ROOT_FINGERPRINTS, Operation, run_folder

_SUBJECT = {
    "common_name": {"type": "str", "required": True},
    "organization_name": {"type": "str"},
    "organizational_unit_name": {"type": "str"},
    "locality_name": {"type": "str"},
    "state_or_province_name": {"type": "str"},
    "country_name": {"type": "str"},
}
_ADDRESSES = ("crl_url", "ocsp_url", "certificate_url")


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "pki": {"type": "path"},
        "bao": BAO,
        "root_fingerprints": ROOT_FINGERPRINTS,
        "name": {"type": "str", "required": True},
        "subject": {"type": "dict", "options": _SUBJECT},
        "issuer": {
            "type": "dict",
            "options": {
                "authority": {"type": "str", "required": True},
                "passphrase": {"type": "str", "no_log": True},
                "pkcs11_module": {"type": "path"},
            },
        },
        "key": {
            "type": "dict",
            "required": True,
            "no_log": False,
            "options": {
                "type": {"type": "str", "default": "ecdsa-p384", "choices": list(KEY_TYPES)},
                "passphrase": {"type": "str", "no_log": True},
                "pkcs11": {
                    "type": "dict",
                    "options": {
                        "module": {"type": "path", "required": True},
                        "token": {"type": "str", "required": True},
                        "object": {"type": "str", "required": True},
                    },
                },
            },
        },
        "publication": {"type": "dict", "options": {name: {"type": "str"} for name in _ADDRESSES}},
        "permitted_domains": {"type": "list", "elements": "str", "default": []},
        "valid_for": {"type": "str", "default": "3650d"},
        "path_length": {"type": "int"},
        "certificate": {"type": "str"},
        "private_key": {"type": "str", "no_log": True},
        "private_key_passphrase": {"type": "str", "no_log": True},
        "chain": {"type": "str"},
    }

    RULES: ClassVar[dict[str, Any]] = {"mutually_exclusive": [["pki", "bao"]], "required_one_of": [["pki", "bao"]]}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Makes or takes in the authority, or finds it as it is wanted."""
        if arguments["bao"]:
            return self._in_openbao(arguments)
        self._directory = self.opened(arguments).directory
        self._name: str = arguments["name"]
        self._passphrase: str = arguments["key"]["passphrase"] or ""
        if not self._passphrase:
            raise SiptlsError(f"key.passphrase of authority {self._name} is empty", expected="a passphrase")
        self._token_key = self._key_in_token(arguments["key"]["pkcs11"])
        self._publication = _publication(arguments)
        if arguments["certificate"] or arguments["private_key"]:
            return self._bring(arguments)
        return self._make(arguments)

    def _in_openbao(self, arguments: dict[str, Any]) -> dict[str, Any]:
        register, authorities = bao_authorities(arguments, Path(self._loader.get_basedir()), run_folder())
        modes = {"check_mode": self.check_mode, "diff_mode": self.diff_mode}
        wanted = BaoAuthority(arguments, register, authorities, _publication(arguments), **modes)
        given, chain = (
            read_certificates(self._text(arguments[option]), where=option) if arguments[option] else ()
            for option in ("certificate", "chain")
        )
        return wanted.converge(given, chain)

    def _make(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if not arguments["subject"]:
            raise SiptlsError(
                f"subject of authority {self._name} is missing", expected="subject, or certificate and private_key"
            )
        wanted = WantedAuthority(
            subject=subject_name(arguments["subject"]),
            key_type=key_type_named(arguments["key"]["type"]),
            valid_for=parse_duration(arguments["valid_for"], name="valid_for"),
            path_length=_path_length(arguments),
            permitted_domains=tuple(arguments["permitted_domains"]),
            token_key=self._token_key,
        )
        wanted.key_type.check_supported()
        found = self._find()
        issuer = self._issuer(arguments, may_be_missing=self.check_mode and found is None)
        if found is None and self.check_mode:
            return self._predicted(f"subject: {wanted.subject.rfc4514_string()}\nkey: {wanted.key_type.name}\n")
        if found is None:
            signer = Signer(issuer, issuer.signing_key(arguments["issuer"]["passphrase"] or "")) if issuer else None
            # One at a time: a key takes seconds to make, and many a token makes one at a time only
            with self._directory.making_authorities():
                found = self._find()
                if found is None:
                    made = make(wanted, signer, utc_now(), pin=self._passphrase)
                    return self._made(self._add(made, issuer.path if issuer else ()))
        self._refuse(differences(wanted, issuer, found.certificate) + self._key_differences(found), found)
        return self._found(found)

    def _bring(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if not arguments["certificate"] or bool(arguments["private_key"]) == bool(self._token_key):
            raise SiptlsError(
                f"authority {self._name} needs a certificate and its private key to be brought along",
                expected="certificate, and either private_key or key.pkcs11",
            )
        certificate = read_certificates(self._text(arguments["certificate"]), where="certificate")[0]
        found = self._find()
        if found is None:
            brought = Made(certificate, self._key_brought(arguments, certificate))
            chain = read_certificates(self._text(arguments["chain"]), where="chain") if arguments["chain"] else ()
            verify_brought(certificate, brought.key, chain, utc_now())
            self._directory.check_root((certificate, *chain)[-1], where=f"authority {self._name}")
            if self.check_mode:
                return self._predicted(describe_certificate(certificate))
            with self._directory.making_authorities():
                found = self._find()
                if found is None:
                    return self._made(self._add(brought, chain))
        if found.certificate != certificate:
            self._refuse(
                [f"certificate is {fingerprint(found.certificate)}, asked for {fingerprint(certificate)}"], found
            )
        return self._found(found)

    def _find(self) -> StoredAuthority | None:
        found = self._directory.find_authority(self._name)
        return found.reached_by(self._token_key.module if self._token_key else None) if found else None

    def _found(self, found: StoredAuthority) -> dict[str, Any]:
        """The authority that is there, with the addresses of its publication as they are wanted."""
        before, after = found.publication, self._publication
        if after is None or after == before:
            return self._result(found, "")
        if not self.check_mode:
            self._directory.publish_at(found, after)
        result = self._result(found, "the addresses that its certificates carry differ")
        path = str(self._directory.publication_path(self._name))
        return {**result, **self._difference(after.render().decode(), before.render().decode(), path)}

    def _key_differences(self, found: StoredAuthority) -> list[str]:
        """An authority does not move from a file into a token, nor into another one."""
        if found.token_key == self._token_key:
            return []
        kept, wanted = (key.uri() if key else "in a file" for key in (found.token_key, self._token_key))
        return [f"private key is kept {kept}, asked for {wanted}"]

    def _key_in_token(self, names: dict[str, str] | None) -> TokenKey | None:
        # Plain text, as a URI is made of it
        plain = {name: str(value) for name, value in (names or {}).items()}
        return TokenKey(**plain, lock=self._directory.token_lock) if plain else None

    def _key_brought(self, arguments: dict[str, Any], certificate: Any) -> Any:
        if self._token_key:
            return self._token_key.open(self._passphrase, certificate.public_key(), where=f"authority {self._name}")
        text = self._text(arguments["private_key"])
        return load_private_key(text, arguments["private_key_passphrase"], where="private_key")

    def _issuer(self, arguments: dict[str, Any], *, may_be_missing: bool) -> StoredAuthority | None:
        """The authority above; None for a self-signed one, and in a first check run, when it is only foretold as well."""
        if not arguments["issuer"]:
            return None
        name = arguments["issuer"]["authority"]
        found = self._directory.find_authority(name) if may_be_missing else self._directory.authority(name)
        return found.reached_by(arguments["issuer"]["pkcs11_module"]) if found else None

    def _add(self, made: Made, chain: tuple[Any, ...]) -> StoredAuthority:
        if self._token_key:
            key = StoredKey.in_token(self._token_key)
        else:
            key = StoredKey.encrypted(encrypt_private_key(made.key, self._passphrase))
        added = self._directory.add_authority(self._name, made.certificate, chain, key, self._publication or NOWHERE)
        return added.reached_by(self._token_key.module if self._token_key else None)

    def _refuse(self, words: list[str], found: StoredAuthority) -> None:
        """An authority that is there is never replaced: everything it has issued hangs on it."""
        if words:
            raise SiptlsError(
                f"the authority {self._name} is there already and is another than the one asked for: "
                + "; ".join(words),
                where=str(found.folder),
                remedy="ask for the one that is there, or give the new one another name",
            )

    def _text(self, value: str) -> bytes:
        """PEM text as it stands, or that of the file which it names; a file that ansible-vault encrypted is decrypted."""
        if "-----BEGIN " in value:
            return value.encode()
        path: Path = self.controller_path(value)
        if not path.is_file():
            raise SiptlsError(
                "no such file on the controller", where=str(path), remedy="give a path, or the PEM text itself"
            )
        text, _decrypted = self._loader._get_file_contents(str(path))
        return bytes(text)

    def _predicted(self, description: str) -> dict[str, Any]:
        reason = f"no authority named {self._name} in the PKI directory yet"
        return {"changed": True, "reason": reason, **self._difference(description)}

    def _made(self, found: StoredAuthority) -> dict[str, Any]:
        result = self._result(found, f"no authority named {self._name} in the PKI directory before")
        return {**result, **self._difference(describe_certificate(found.certificate))}

    def _result(self, found: StoredAuthority, reason: str) -> dict[str, Any]:
        found.signing_key(self._passphrase)
        certificate = found.certificate
        result = {
            "changed": bool(reason),
            "certificate": pem(certificate),
            "trust_bundle": pem(*found.trust_bundle),
            "serial_number": serial_hex(certificate),
            "not_after": write_time(certificate.not_valid_after_utc),
            "fingerprint_sha256": fingerprint(certificate),
            "root_fingerprint_sha256": fingerprint(found.root),
        }
        if reason:
            result["reason"] = reason
        return result

    def _difference(self, after: str, before: str = "", path: str = "") -> dict[str, Any]:
        path = path or str(self._directory.authority_path(self._name))
        diff = {"before": before, "after": after, "before_header": path, "after_header": path}
        return {"diff": diff} if self.diff_mode else {}


def _publication(arguments: dict[str, Any]) -> Publication | None:
    """The addresses that are wanted; None where the task says nothing of them."""
    if not arguments["publication"]:
        return None
    return Publication.checked(**{name: arguments["publication"][name] or "" for name in _ADDRESSES})


def _path_length(arguments: dict[str, Any]) -> int | None:
    """As asked for; otherwise an authority below another issues to devices only, and a root has no limit."""
    if arguments["path_length"] is not None:
        return int(arguments["path_length"])
    return 0 if arguments["issuer"] else None
