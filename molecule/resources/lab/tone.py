# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of what was said is one tone: G.711 is read, and the tone's share of the energy is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

RATE = 8000  # samples a second
#: What fills a window; tones of whole Hz then fit into it without a rest
WINDOW = RATE
PCMU, PCMA = 0, 8


def linear(octets: bytes, payload_type: int) -> list[int]:
    """The samples of G.711 (ITU-T G.711), ``payload_type`` as in RFC 3551: PCMU or PCMA. Any octets can be read so."""
    table = _ULAW if payload_type == PCMU else _ALAW
    return [table[octet] for octet in octets]


def _ulaw(octet: int) -> int:
    octet = ~octet & 0xFF
    magnitude = (((octet & 0x0F) << 3) + 0x84) << ((octet & 0x70) >> 4)
    return 0x84 - magnitude if octet & 0x80 else magnitude - 0x84


def _alaw(octet: int) -> int:
    octet ^= 0x55
    exponent, mantissa = (octet & 0x70) >> 4, (octet & 0x0F) << 4
    magnitude = mantissa + 8 if exponent == 0 else (mantissa + 0x108) << (exponent - 1)
    return magnitude if octet & 0x80 else -magnitude


_ULAW = [_ulaw(octet) for octet in range(256)]
_ALAW = [_alaw(octet) for octet in range(256)]


def share(samples: Sequence[int], frequency: int) -> float:
    """How much of the energy of the last second is at ``frequency`` (in Hz), 0 to 1. By the Goertzel algorithm.

    :raises ValueError: there is less than a second
    """
    if len(samples) < WINDOW:
        raise ValueError(f"{len(samples)} samples; a second has {WINDOW}")
    window = samples[-WINDOW:]
    energy = sum(sample * sample for sample in window)
    coefficient = 2 * math.cos(2 * math.pi * frequency / RATE)
    last = before = 0.0
    for sample in window:
        last, before = sample + coefficient * last - before, last
    power = last * last + before * before - coefficient * last * before
    return 2 * power / (WINDOW * energy) if energy else 0.0


def decibels(part: float) -> float:
    """A share of the energy in dB; 0 dB is all of it."""
    return 10 * math.log10(max(part, 1e-12))
