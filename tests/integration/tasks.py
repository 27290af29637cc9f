# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that the tests run, and openssl, the judge of what they leave behind."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT_PASSPHRASE = "root-passphrase-Zu7Ahx3o"
ISSUING_PASSPHRASE = "issuing-passphrase-eiGh4aeb"
ISSUER = {"pki": "pki", "authority": "issuing", "passphrase": ISSUING_PASSPHRASE}

Task = dict[str, Any]


def authority(name: str = "root", **options: Any) -> Task:
    """The task that makes an authority."""
    defaults = {
        "pki": "pki",
        "name": name,
        "subject": {"common_name": f"Example SIP {name.title()} CA", "organization_name": "Example"},
        "key": {"type": "ecdsa-p256", "passphrase": ROOT_PASSPHRASE},
    }
    return {"name": f"The {name} authority", "siptls.vos.authority": merged(defaults, options)}


def issuing(name: str = "issuing", **options: Any) -> Task:
    """The task that makes the issuing authority below the root."""
    defaults = {
        "issuer": {"authority": "root", "passphrase": ROOT_PASSPHRASE},
        "key": {"type": "ecdsa-p256", "passphrase": ISSUING_PASSPHRASE},
        "valid_for": "1825d",
    }
    return authority(name, **merged(defaults, options))


def gateway(**options: Any) -> Task:
    """The task that gives a gateway its certificate."""
    defaults = {
        "issuer": ISSUER,
        "profile": "gateway",
        "identity": {
            "common_name": "{{ inventory_hostname }}",
            "sip_uris": ["sip:{{ inventory_hostname }}@example.com"],
            "dns": ["{{ inventory_hostname }}.example.com"],
        },
        "directory": "{{ device }}/certs",
        "certificate": "gateway.crt",
        "private_key": "gateway.key",
        "trust_bundle": "ca.crt",
    }
    return {"name": "The certificate", "siptls.vos.device_certificate": merged(defaults, options)}


def softswitch(**options: Any) -> Task:
    """The task that gives a softswitch its certificate."""
    defaults = {
        "profile": "softswitch",
        "identity": {
            "common_name": "vos.example.com",
            "sip_uris": ["sip:example.com", "sip:vos.example.com"],
            "dns": ["example.com", "vos.example.com"],
        },
        "certificate": "vos_server.crt",
        "private_key": "vos_server.key",
        "trust_bundle": "ca_bundle.crt",
    }
    return gateway(**merged(defaults, options))


def merged(defaults: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with these changes; a change that is a mapping changes within; None takes an option away."""
    result = dict(defaults)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(result.get(name), Mapping):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def openssl(*arguments: str | Path, check: bool = True) -> str:
    """What the openssl command says."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def verify(certs: Path, certificate: str = "gateway.crt", bundle: str = "ca.crt") -> None:
    """The requirement's own check, strictly."""
    for strict in ([], ["-x509_strict"]):
        said = openssl("verify", *strict, "-CAfile", certs / bundle, certs / certificate)
        assert said.strip() == f"{certs / certificate}: OK"


def serial(certificate: Path) -> str:
    """The serial number of a certificate file, as openssl says it, in the form of the results."""
    return openssl("x509", "-in", certificate, "-noout", "-serial").strip().removeprefix("serial=").lower()


def assert_pair(certs: Path, certificate: str = "gateway.crt", key: str = "gateway.key") -> None:
    """Certificate and key belong together, read as a service reads them."""
    of_certificate = openssl("x509", "-in", certs / certificate, "-noout", "-pubkey")
    of_key = openssl("pkey", "-in", certs / key, "-pubout")
    assert of_certificate == of_key


def records(pki: Path) -> dict[str, Path]:
    """The recorded certificates by serial number."""
    return {path.stem: path for path in pki.glob("certificates/*/*.pem")}


def left_over(*folders: Path) -> list[Path]:
    """Temporary files that nobody needs any more."""
    return [
        path for folder in folders for path in folder.rglob("*") if path.name.endswith(".tmp") or path.name == "staging"
    ]
