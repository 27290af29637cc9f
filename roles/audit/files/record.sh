# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# record.sh FOLDER RECORDS POSITION MATCH...: follows the journal's entries that match, and appends a record for each TLS handshake failure
# to RECORDS, with the programs in FOLDER. Goes on after the last record, whatever ended it before. POSITION is where that was, for the
# day on which there is no record left; on the very first day it is the end of the journal.
set -eu
LC_ALL=C
export LC_ALL
# The file's mode is 0640
umask 027
folder=$1
records=$2
position=$3
shift 3

main() {
  cut_half_a_record
  : >>"$records"
  last=$(last_record)
  from=$last
  if [ -z "$last" ]; then
    [ -s "$position" ] || echo "begin $(end_of_journal)" >"$position"
    from=$(sed -n 's/^[a-z]* //p' "$position")
    last=$(sed -n 's/^recorded //p' "$position")
  fi
  # Where the journal has the entry no more, journalctl begins with the one after it
  set -- --follow --no-tail --quiet --output=json --output-fields=MESSAGE,_PID,_HOSTNAME ${from:+"--cursor=$from"} "$@"
  interactive=
  # mawk would wait for a full buffer otherwise
  case $(awk -W version 2>&1 </dev/null) in mawk*) interactive='-W interactive' ;; esac
  # Whichever of the two ends, both do; systemd starts them again
  journalctl "$@" | {
    # shellcheck disable=SC2086
    awk $interactive -v records="$records" -v position="$position" -v last="$last" \
      -f "$folder/record.awk" -f "$folder/openssl.awk" -f "$folder/lines.awk" || :
    kill "$$"
  }
}

# cut_half_a_record: a full disk or a loss of power may have left one; its failure is still in the journal.
cut_half_a_record() {
  [ -s "$records" ] || return 0
  half=$(tail -n 1 "$records" | tr '\n' '|')
  case $half in
    *'|') ;;
    *) truncate -s "-${#half}" "$records" ;;
  esac
}

# last_record: the cursor in the last record, of the file before it where the file is new.
last_record() {
  for file in "$records" "$records.1"; do
    if [ -s "$file" ]; then
      tail -n 1 "$file" | sed -n 's/.*,"id":"\([^"]*\)"}$/\1/p'
      return
    fi
  done
}

end_of_journal() {
  journalctl --quiet --lines=1 --output=json --output-fields=_PID | sed -n 's/.*"__CURSOR":"\([^"]*\)".*/\1/p'
}

main "$@"
