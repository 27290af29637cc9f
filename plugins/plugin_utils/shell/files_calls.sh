# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells how many calls a service carries, by a command of the inventory.
# shellcheck disable=SC2154  # the assignment of calls stands in front of this script

main() {
  status=0
  said=$(unset LC_ALL; umask 022; exec /bin/sh -c "$calls" 2>&1 </dev/null) || status=$?
  echo 'siptls begin'
  field in_calls "$status"
  printf '%s\n' "$said" | sed 's/^/ /'
}
