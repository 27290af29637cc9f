# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells whether the kernel has a table of nftables as it was loaded last, and whether the next boot would load it; changes nothing.
# Where both are the same, neither is told: the table of a large fleet is long.
# shellcheck disable=SC2154  # the assignments of table, record and links stand in front of this script

main() {
  command -v nft >/dev/null || die 'nft is not installed. Expected: the nft command. Remedy: install the package nftables'
  said=$(nft list tables 2>&1) || die "nft cannot tell what the kernel has: $said. Remedy: run with become"
  # Without counters, which are never the same
  listing=$(nft -s list table inet "$table" 2>/dev/null) || listing=
  recorded=
  if [ -e "$record" ]; then
    recorded=$(cat "$record") || die "cannot read $record. Remedy: run with become"
  fi
  if [ -n "$listing" ] && [ "$listing" = "$recorded" ]; then
    field listing same
    field recorded same
  else
    show listing "$listing"
    show recorded "$recorded"
  fi
  ! all_there || field starts
}

# show NAME TEXT: a field with TEXT as its body; none where there is no text.
show() {
  [ -n "$2" ] || return 0
  field "$1"
  printf '%s\n' "$2" | sed 's/^/ /'
}

# all_there: whether each of $links is a link.
all_there() {
  while IFS= read -r link; do
    [ -L "$link" ] || return 1
  done <<EOT
$links
EOT
}
