# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# check_units TIMER SERVICE ALARM: what systemd has against these units, by their own names, wherever they are for now. Where there is no
# systemd-analyze, it says so itself when it loads them.
check_units() {
  command -v systemd-analyze >/dev/null || return 0
  at=$(mktemp -d) || return 1
  cp "$1" "$at/siptls-verification.timer" && cp "$2" "$at/siptls-verification.service" &&
    cp "$3" "$at/siptls-verification-alarm.service" || { rm -rf "$at" && return 1; }
  found=0
  # In the folder's units alone: what others have is not of interest
  said=$(systemd-analyze verify "$at/siptls-verification.timer" "$at/siptls-verification.service" "$at/siptls-verification-alarm.service" 2>&1) || found=$?
  rm -rf "$at"
  # No percent sign here: this is part of a validate
  said=$(echo "$said" | grep siptls-verification || :)
  [ "$found" -ne 0 ] || [ -n "$said" ] || return 0
  echo "${said:-systemd-analyze verify ended with status $found}" >&2
  return 1
}
