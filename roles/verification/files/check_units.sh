# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# check_units TIMER SERVICE ALARM: what systemd has against these units, by their own names, wherever they are for now. Where there is no
# systemd-analyze, it says so itself when it loads them.
check_units() {
  command -v systemd-analyze >/dev/null || return 0
  at=$(mktemp -d) || return 1
  found=0 name=siptls-verification
  said=$(
    cp "$1" "$at/$name.timer" && cp "$2" "$at/$name.service" && cp "$3" "$at/$name-alarm.service" &&
      systemd-analyze verify "$at/$name.timer" "$at/$name.service" "$at/$name-alarm.service" 2>&1
  ) || found=$?
  rm -rf "$at"
  # What it has against units of others is not of interest. No percent sign here: this is part of a validate
  said=$(echo "$said" | grep "$name" || :)
  [ "$found" -ne 0 ] || [ -n "$said" ] || return 0
  echo "${said:-systemd-analyze verify ended with status $found}" >&2
  return 1
}
