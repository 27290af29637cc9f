# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# check_log UNIT ACCEPT: whether the log of a service is one that records can be made of. ACCEPT: true where its output counts too.
check_log() {
  if ! journalctl --quiet --no-pager --lines=0 --output=json --output-fields=MESSAGE >/dev/null 2>&1; then
    echo 'journalctl has no --output-fields. Expected: systemd 240 or later'
    return 1
  fi
  [ "$2" != true ] || return 0
  [ -n "$(journalctl --quiet --no-pager --lines=1 "_SYSTEMD_UNIT=$1" _TRANSPORT=stdout)" ] || return 0
  [ -z "$(journalctl --quiet --no-pager --lines=1 "_SYSTEMD_UNIT=$1" _TRANSPORT=syslog _TRANSPORT=journal)" ] || return 0
  echo "$1 writes its log to standard output alone, where strangers can write lines of their own. Remedy: have it log to syslog" \
    "(Kamailio: log_stderror=no, no -E), or set audit_accept_stdout: true"
  return 1
}
