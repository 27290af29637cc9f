# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells the ruleset of nftables; or that there is no nft, and whether there are rules of another kind.

main() {
  if command -v nft >/dev/null; then
    tell_ruleset 512 || die 'nft does not tell the ruleset. Expected: exit status 0 from: nft -j list ruleset. Remedy: run with become'
  elif has_legacy_tables; then
    field legacy
  fi
}
