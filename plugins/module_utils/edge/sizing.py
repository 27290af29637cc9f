# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory, how many connections and open files an edge needs for a number of gateways."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sizes", "sizes_for"]

# Shared memory in KiB: of a held TLS connection, measured with Kamailio 6.0.1 and OpenSSL 3.5, and for a call with its dialog and
# transactions, an allowance
_CONNECTION_KIB = 140
_CALL_KIB = 64
# Shared memory in MiB that is there without any gateway. Kamailio 6.0's counter of used memory rises by about 0.3 MB with each
# tls.reload (kamailio#3823), so this is also what is left for reloads between two restarts
_BASE_MIB = 256
# While gateways come back, their former connections may not have ended yet
_CONNECTIONS_EACH = 2
_SPARE_CONNECTIONS = 256
# Files of the processes themselves, and what is passed among them
_SPARE_FILES = 2048
_LARGEST_TABLE = 14


@dataclass(frozen=True)
class Sizes:
    """What Kamailio and its unit are given.

    :ivar shared_memory: MiB, option -m
    :ivar private_memory: MiB for each process, option -M
    :ivar connections: tcp_max_connections and tls_max_connections
    :ivar from_one_source: connections from one address; a branch office may be one address
    :ivar open_files: LimitNOFILE
    :ivar table: size of hash tables with an entry for each gateway, as a power of two
    """

    shared_memory: int
    private_memory: int
    connections: int
    from_one_source: int
    open_files: int
    table: int


def sizes_for(*, gateways: int, calls: int, from_one_source: int) -> Sizes:
    """The sizes for a fleet.

    :param gateways: that may be connected
    :param calls: at once, in all
    :param from_one_source: connections that one address may hold; 0 for as many as there are in all
    """
    connections = _CONNECTIONS_EACH * gateways + _SPARE_CONNECTIONS
    needed_kib = connections * _CONNECTION_KIB + calls * _CALL_KIB
    return Sizes(
        shared_memory=_BASE_MIB + -(-needed_kib // 1024),
        private_memory=16,
        connections=connections,
        from_one_source=min(from_one_source or connections, connections),
        open_files=2 * connections + _SPARE_FILES,
        table=max(8, min(_LARGEST_TABLE, gateways.bit_length())),
    )
