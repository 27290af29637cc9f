# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSL cipher strings, ``openssl-ciphers(1)``: which names exist, and what a string lets in.

OpenSSL passes over a name that it does not know without a word, so ``ECDHE+AESGMC`` selects nothing and
``HIGH:!aNUL`` keeps the anonymous suites. Here an unknown name is a fault.
"""

from __future__ import annotations

import difflib
import re
import ssl
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["KEYWORDS", "SUITES", "authentications", "cipher_faults", "cipher_warnings", "least_openssl"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What stands for a set of suites in OpenSSL 1.1.1 to 3.5 (cipher_aliases in ssl/ssl_ciph.c).
KEYWORDS = _names(
    """
    ALL COMPLEMENTOFALL COMPLEMENTOFDEFAULT HIGH MEDIUM LOW FIPS
    kRSA kDHE kEDH DH kECDHE kEECDH ECDH kPSK kRSAPSK kECDHEPSK kDHEPSK kSRP kGOST kGOST18
    aRSA aDSS DSS aNULL aECDSA ECDSA aPSK aSRP aGOST aGOST01 aGOST12
    RSA DHE EDH ADH ECDHE EECDH AECDH PSK SRP
    eNULL NULL 3DES RC4 RC2 IDEA SEED GOST AES AES128 AES256 AESGCM AESCCM AESCCM8 CHACHA20 CBC
    ARIA ARIA128 ARIA256 ARIAGCM CAMELLIA CAMELLIA128 CAMELLIA256
    MD5 SHA SHA1 SHA256 SHA384 GOST94 GOST89MAC GOST12 GOST2012
    SSLv3 TLSv1 TLSv1.0 TLSv1.2
    """
)
# These count only as the first name of a string.
_FIRST = _names("DEFAULT SUITEB128 SUITEB128ONLY SUITEB128C2 SUITEB192")
# Gone since OpenSSL 1.1.0. To exclude them is an old habit that does no harm.
_GONE = _names("EXP EXPORT EXPORT40 EXPORT56 DES SSLv2 kDHr kDHd kDH aDH kECDHr kECDHe kECDH aECDH kKRB5 aKRB5 KRB5")
# Not yet in 1.1.1.
_SINCE_3_0 = _names("CBC kGOST18")


def _suites(table: str) -> frozenset[str]:
    """The suites of a table: on each line a pattern with ``*``, and what may stand there."""
    names = set()
    for line in table.split("\n"):
        pattern, _colon, parts = line.strip().partition(": ")
        names |= {pattern.replace("*", part) for part in parts.split()} if parts else {pattern}
    return frozenset(names - {""})


# Every suite of TLS 1.2 and before that OpenSSL 1.1.1 to 3.5 can have (ssl/s3_lib.c), weak ones and GOST included.
SUITES = _suites(
    """
    ECDHE-ECDSA-*: AES256-GCM-SHA384 AES128-GCM-SHA256 CHACHA20-POLY1305 AES256-CCM8 AES256-CCM AES128-CCM8 AES128-CCM
    ECDHE-ECDSA-*: ARIA256-GCM-SHA384 ARIA128-GCM-SHA256 AES256-SHA384 AES128-SHA256 AES256-SHA AES128-SHA
    ECDHE-ECDSA-*: CAMELLIA256-SHA384 CAMELLIA128-SHA256 NULL-SHA RC4-SHA DES-CBC3-SHA
    ECDHE-RSA-*: AES256-GCM-SHA384 AES128-GCM-SHA256 CHACHA20-POLY1305 AES256-SHA384 AES128-SHA256 AES256-SHA AES128-SHA
    ECDHE-RSA-*: CAMELLIA256-SHA384 CAMELLIA128-SHA256 NULL-SHA RC4-SHA DES-CBC3-SHA
    ECDHE-*: ARIA256-GCM-SHA384 ARIA128-GCM-SHA256
    DHE-RSA-*: AES256-GCM-SHA384 AES128-GCM-SHA256 CHACHA20-POLY1305 AES256-CCM8 AES256-CCM AES128-CCM8 AES128-CCM
    DHE-RSA-*: ARIA256-GCM-SHA384 ARIA128-GCM-SHA256 AES256-SHA256 AES128-SHA256 AES256-SHA AES128-SHA
    DHE-RSA-*: CAMELLIA256-SHA256 CAMELLIA128-SHA256 CAMELLIA256-SHA CAMELLIA128-SHA SEED-SHA DES-CBC3-SHA
    DHE-DSS-*: AES256-GCM-SHA384 AES128-GCM-SHA256 ARIA256-GCM-SHA384 ARIA128-GCM-SHA256 AES256-SHA256 AES128-SHA256
    DHE-DSS-*: AES256-SHA AES128-SHA CAMELLIA256-SHA256 CAMELLIA128-SHA256 CAMELLIA256-SHA CAMELLIA128-SHA SEED-SHA
    DHE-DSS-*: DES-CBC3-SHA
    EDH-*-DES-CBC3-SHA: RSA DSS
    ADH-*: AES256-GCM-SHA384 AES128-GCM-SHA256 AES256-SHA256 AES128-SHA256 AES256-SHA AES128-SHA SEED-SHA RC4-MD5
    ADH-*: CAMELLIA256-SHA256 CAMELLIA128-SHA256 CAMELLIA256-SHA CAMELLIA128-SHA DES-CBC3-SHA
    AECDH-*: AES256-SHA AES128-SHA NULL-SHA RC4-SHA DES-CBC3-SHA
    AES256-*: GCM-SHA384 CCM8 CCM SHA256 SHA
    AES128-*: GCM-SHA256 CCM8 CCM SHA256 SHA
    CAMELLIA256-*: SHA256 SHA
    CAMELLIA128-*: SHA256 SHA
    ARIA256-GCM-SHA384
    ARIA128-GCM-SHA256
    NULL-*: SHA256 SHA MD5
    RC4-*: SHA MD5
    *: SEED-SHA IDEA-CBC-SHA DES-CBC3-SHA
    PSK-*: AES256-GCM-SHA384 AES128-GCM-SHA256 CHACHA20-POLY1305 AES256-CCM8 AES256-CCM AES128-CCM8 AES128-CCM
    PSK-*: ARIA256-GCM-SHA384 ARIA128-GCM-SHA256
    DHE-PSK-*: AES256-GCM-SHA384 AES128-GCM-SHA256 CHACHA20-POLY1305 AES256-CCM8 AES256-CCM AES128-CCM8 AES128-CCM
    DHE-PSK-*: ARIA256-GCM-SHA384 ARIA128-GCM-SHA256
    RSA-PSK-*: AES256-GCM-SHA384 AES128-GCM-SHA256 CHACHA20-POLY1305 ARIA256-GCM-SHA384 ARIA128-GCM-SHA256
    ECDHE-PSK-CHACHA20-POLY1305
    PSK-*: AES256-CBC-SHA384 AES128-CBC-SHA256 AES256-CBC-SHA AES128-CBC-SHA
    DHE-PSK-*: AES256-CBC-SHA384 AES128-CBC-SHA256 AES256-CBC-SHA AES128-CBC-SHA
    RSA-PSK-*: AES256-CBC-SHA384 AES128-CBC-SHA256 AES256-CBC-SHA AES128-CBC-SHA
    ECDHE-PSK-*: AES256-CBC-SHA384 AES128-CBC-SHA256 AES256-CBC-SHA AES128-CBC-SHA
    PSK-*: CAMELLIA256-SHA384 CAMELLIA128-SHA256 NULL-SHA384 NULL-SHA256 NULL-SHA RC4-SHA 3DES-EDE-CBC-SHA
    DHE-PSK-*: CAMELLIA256-SHA384 CAMELLIA128-SHA256 NULL-SHA384 NULL-SHA256 NULL-SHA RC4-SHA 3DES-EDE-CBC-SHA
    RSA-PSK-*: CAMELLIA256-SHA384 CAMELLIA128-SHA256 NULL-SHA384 NULL-SHA256 NULL-SHA RC4-SHA 3DES-EDE-CBC-SHA
    ECDHE-PSK-*: CAMELLIA256-SHA384 CAMELLIA128-SHA256 NULL-SHA384 NULL-SHA256 NULL-SHA RC4-SHA 3DES-EDE-CBC-SHA
    SRP-*: AES-256-CBC-SHA AES-128-CBC-SHA 3DES-EDE-CBC-SHA
    SRP-RSA-*: AES-256-CBC-SHA AES-128-CBC-SHA 3DES-EDE-CBC-SHA
    SRP-DSS-*: AES-256-CBC-SHA AES-128-CBC-SHA 3DES-EDE-CBC-SHA
    GOST2001-*: GOST89-GOST89 NULL-GOST94
    GOST2012-*: GOST8912-GOST8912 NULL-GOST12 MAGMA-MAGMAOMAC KUZNYECHIK-KUZNYECHIKOMAC GOST8912-IANA
    LEGACY-GOST2012-GOST8912-GOST8912
    IANA-GOST2012-GOST8912-GOST8912
    """
)

_TERM = re.compile(r"(?P<sign>[!+-]?)(?P<names>[A-Za-z0-9.=-]+(?:\+[A-Za-z0-9.=-]+)*)")
_COMMAND = re.compile(r"@(?:STRENGTH|SECLEVEL=[0-5])")
_TLS13 = re.compile(r"TLS_[A-Z0-9_]+")


def cipher_faults(text: str) -> list[str]:
    """What is wrong with a cipher string, each as a clause; nothing if OpenSSL 1.1.1 to 3.5 knows all of it."""
    terms = text.split(":")
    faults = [fault for at, term in enumerate(terms) if (fault := _term_fault(term, first=at == 0))]
    if faults:
        return faults
    try:
        selected = _selected(text)
    except ssl.SSLError:
        return ["it selects no cipher suite at all"]
    return [
        f"it lets in suites {danger}, such as {names[0]}: exclude them with {remedy}"
        for danger, remedy, names in (
            ("without authentication", "!aNULL", [s["name"] for s in selected if s["auth"] == "auth-null"]),
            ("without encryption", "!eNULL", [s["name"] for s in selected if s["alg_bits"] == 0]),
            ("with RC4 (RFC 7465)", "!RC4", [s["name"] for s in selected if "RC4" in s["name"]]),
            ("with 3DES", "!3DES", [s["name"] for s in selected if "DES-" in s["name"]]),
        )
        if names
    ]


def cipher_warnings(text: str) -> list[str]:
    """What a cipher string without faults lets in that RFC 9325, section 4.1, advises against, each as a clause."""
    named: dict[str, list[str]] = {}
    for suite in _selected(text):
        for weakness in _weaknesses(suite):
            named.setdefault(weakness, []).append(suite["name"])
    return [f"{weakness}: {len(names)} suites, such as {names[0]}" for weakness, names in named.items()]


def authentications(text: str) -> set[str]:
    """The kinds of certificate that the suites of a cipher string without faults can use, such as ``rsa`` and ``ecdsa``.

    EdDSA certificates use the suites of ECDSA (RFC 8422, section 5.10).
    """
    return {str(suite["auth"]).removeprefix("auth-") for suite in _selected(text)}


def least_openssl(text: str) -> tuple[int, int]:
    """The first OpenSSL (major, minor) that knows every name in ``text``; (1, 1) stands for 1.1.1."""
    return (3, 0) if _SINCE_3_0 & set(re.split(r"[:+!-]", text)) else (1, 1)


def _weaknesses(suite: Mapping[str, Any]) -> Iterable[str]:
    exchange = str(suite["kea"])
    if exchange in ("kx-rsa", "kx-rsa-psk"):
        yield "static RSA key exchange, without forward secrecy"
    if exchange.endswith("psk"):
        yield "pre-shared keys (PSK), which no certificate backs"
    if exchange == "kx-srp":
        yield "passwords (SRP), which no certificate backs"
    if exchange == "kx-dhe":
        yield "finite-field DHE (deprecated in TLS 1.2)"
    if suite["auth"] == "auth-dss":
        yield "DSS certificates"
    if not suite["aead"]:
        yield "CBC mode, without authenticated encryption"


def _term_fault(term: str, *, first: bool) -> str | None:
    if _COMMAND.fullmatch(term):
        return None
    if term.startswith("@"):
        return f"{term!r} is no command: @STRENGTH and @SECLEVEL=0 to @SECLEVEL=5 are"
    if _TLS13.fullmatch(term):
        return f"{term!r} is a suite of TLS 1.3, which a cipher string does not choose; those are always on"
    match = _TERM.fullmatch(term)
    if match is None:
        return f"{term!r} is no name; names are separated by ':' and combined by '+'"
    known = KEYWORDS | SUITES
    if match["sign"] in ("!", "-"):
        known |= _GONE
    if first and not match["sign"]:
        known |= _FIRST
    unknown = [name for name in match["names"].split("+") if name not in known]
    if not unknown:
        return None
    name = unknown[0]
    if name in _FIRST:
        return f"{name!r} counts only as the first name; OpenSSL would pass over it without a word"
    return f"OpenSSL knows no cipher {name!r} and would pass over it without a word{_nearest(name, known)}"


def _nearest(name: str, known: Iterable[str]) -> str:
    by_upper = {each.upper(): each for each in sorted(known)}
    near = difflib.get_close_matches(name.upper(), by_upper, n=1, cutoff=0.7)
    return f"; did you mean {by_upper[near[0]]!r}?" if near else ""


def _selected(text: str) -> list[dict[str, Any]]:
    """The suites of TLS 1.2 and before that ``text`` selects, as the OpenSSL of this Python sees it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(text)
    suites: list[dict[str, Any]] = [dict(suite) for suite in context.get_ciphers()]
    return [suite for suite in suites if suite["kea"] != "kx-any"]
