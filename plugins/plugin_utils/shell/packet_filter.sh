# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What several scripts tell of a packet filter.

# tell_ruleset KIB: the ruleset of nftables, that much of it at most, with what its JSON does not tell. Fails where nft does not tell it.
tell_ruleset() {
  said=$(nft -j list ruleset 2>/dev/null) || return 1
  field nft
  terse=
  if [ "${#said}" -gt $(($1 * 1024)) ]; then
    # Without the elements of named sets, as of a country or of those that are banned
    said=$(nft -j -t list ruleset 2>/dev/null)
    terse=terse
  fi
  printf '%s\n' "$said" | dd bs=1024 count="$1" 2>/dev/null | sed 's/^/ /'
  # What is not in the JSON of every version: tables that are not in effect. And rules that are not nft's
  printf ' %s\n' '' flags $terse
  nft list ruleset 2>/dev/null | sed -n 's/^table \([a-z0-9]* [^ ]*\) {$/\1/; t held
    s/^[[:blank:]]*flags .*dormant.*/dormant/; t sleeps
    b; :held
    h; b; :sleeps
    x; s/^/ dormant /p; x'
  ! has_legacy_tables || echo ' legacy'
}

# has_legacy_tables: whether the kernel has tables of iptables-legacy, which nft does not list.
has_legacy_tables() {
  [ -n "$(cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null)" ]
}
