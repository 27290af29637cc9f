# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that several roles read: where certificates come from, revocation lists, and what a conversation with a device may take."""

from __future__ import annotations

from typing import Final

from . import kinds
from .kind import choice
from .variable import OPTIONAL, Following, Variable

__all__ = ["DEVICE", "ISSUER", "KEY_TYPES", "LISTS", "ML_DSA", "POST_QUANTUM", "SECOND_CERTIFICATE"]

KEY_TYPES: Final = choice(
    *("rsa-2048", "rsa-3072", "rsa-4096"),
    *("ecdsa-p256", "ecdsa-p384", "ed25519"),
    *("ml-dsa-44", "ml-dsa-65", "ml-dsa-87"),
)

_TAKES_OVER = kinds.record(
    "a dictionary with the authorities that take over",
    required={
        "root": kinds.PKI_NAME,
        "issuing": kinds.PKI_NAME,
        "phase": choice("publish", "issue", "retire"),
        "root_passphrase": kinds.PASSPHRASE_OR_PIN,
        "issuing_passphrase": kinds.PASSPHRASE_OR_PIN,
    },
    optional={
        "root_pkcs11": kinds.TOKEN_KEY,
        "issuing_pkcs11": kinds.TOKEN_KEY,
        "root_subject": kinds.SUBJECT,
        "issuing_subject": kinds.SUBJECT,
        "root_certificate": kinds.PEM,
        "root_private_key": kinds.PEM,
        "root_private_key_passphrase": kinds.ANY_PASSPHRASE,
        "root_chain": kinds.PEM,
    },
)

ML_DSA = choice("ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
_BESIDE = kinds.record(
    "a dictionary with the ML-DSA authorities that stand beside the classical ones",
    required={
        "root": kinds.PKI_NAME,
        "issuing": kinds.PKI_NAME,
        "root_passphrase": kinds.PASSPHRASE,
        "issuing_passphrase": kinds.PASSPHRASE,
    },
    optional={
        "root_subject": kinds.SUBJECT,
        "issuing_subject": kinds.SUBJECT,
        "root_key_type": ML_DSA,
        "issuing_key_type": ML_DSA,
    },
)
POST_QUANTUM = Variable("pki_post_quantum", _BESIDE, OPTIONAL)
SECOND_CERTIFICATE = kinds.record(
    "a dictionary with the host name of the post-quantum certificate",
    required={"hostname": kinds.SHORT_HOST_NAME},
    optional={"key_type": ML_DSA},
)

ISSUER = (
    Variable("pki_directory", kinds.PATH_HERE, Following("{inventory_dir}/pki")),
    Variable("pki_issuing_name", kinds.PKI_NAME, "issuing"),
    Variable("pki_issuing_passphrase", kinds.PASSPHRASE_OR_PIN),
    Variable("pki_issuing_pkcs11", kinds.TOKEN_KEY, OPTIONAL),
    Variable("pki_rollover", _TAKES_OVER, OPTIONAL),
    Variable("pki_root_fingerprints", kinds.FINGERPRINT_LIST, []),
    Variable("pki_require_pinned_roots", kinds.BOOLEAN, False),
    Variable("pki_publication_url", kinds.PUBLICATION_URL, ""),
)

LISTS = (
    Variable("pki_root_name", kinds.PKI_NAME, "root"),
    Variable("pki_root_pkcs11", kinds.TOKEN_KEY, OPTIONAL),
    Variable("pki_crl_valid_for", kinds.DURATION, "7d"),
    Variable("pki_crl_renew_before", kinds.DURATION, "3d"),
    Variable("pki_root_crl_valid_for", kinds.DURATION, "365d"),
    Variable("pki_root_crl_renew_before", kinds.DURATION, "60d"),
)

# What one conversation with a device may take, whatever it is about.
DEVICE = (
    Variable("siptls_device_time_limit", kinds.SECONDS, 120),
    Variable("siptls_device_output_limit", kinds.OUTPUT_LIMIT, 8_388_608),
)
