# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Raises an alarm before a revocation list of the softswitch is past its next update, for then everybody is refused.
#
# Ends with exit status 1, and a line at priority crit for each list, where less is left than asked for, or nothing can be told.
# tls_conf, before (such as 2d) and alarm_command are set by what stands in front of this script.
# shellcheck disable=SC2154

check_revocation_lists() {
  LC_ALL=C
  export LC_ALL
  file=$tls_conf
  if [ ! -r "$tls_conf" ]; then
    alarm "cannot be read, so nobody knows which list is checked" "" "$push"
    raise_alarm
  fi
  file=$(named_list)
  if [ -z "$file" ]; then
    echo "$tls_conf names no crl_file: nothing to check"
    exit 0
  fi
  if [ -r "$file" ]; then
    check_file
  else
    alarm "cannot be read" "" "$push"
  fi
  [ -z "$alarmed" ] || raise_alarm
  echo "every list in $file holds for $before or longer"
}

# named_list: what crl_file is set to in the section tls_server, the first where there are several; an operator may have edited it.
named_list() {
  tr -d '\r' <"$tls_conf" | sed -n "
    1s/^$(printf '\357\273\277')//
    /^[[:blank:]]*\[[^][][^][]*\][[:blank:]]*\([#;].*\)\{0,1\}\$/{
      h
      d
    }
    x
    /^[[:blank:]]*\[[[:blank:]]*tls_server[[:blank:]]*\]/!{
      x
      d
    }
    x
    s/^[[:blank:]]*[Cc][Rr][Ll]_[Ff][Ii][Ll][Ee][[:blank:]]*[=:][[:blank:]]*//
    t value
    d
    :value
    s/^[#;].*//
    s/[[:blank:]][#;].*//
    s/[[:blank:]]*\$//
    s/^\"\(.*\)\"\$/\1/
    s/^'\(.*\)'\$/\1/
    p" | sed -n 1p
}

alarmed=
push='run the playbook that pushes it, siptls.vos.rotate'

# check_file: every list in $file, one after the other.
check_file() {
  if ! folder=$(mktemp -d); then
    alarm "cannot be checked: there is no room for a temporary folder" "" "make room in ${TMPDIR:-/tmp}"
    return
  fi
  trap 'rm -rf "$folder"' EXIT
  awk -v at="$folder/" '/-----BEGIN X509 CRL-----/ { n++ } n { print >(at n) }' "$file"
  [ -e "$folder/1" ] || alarm "holds no revocation list" "" "$push"
  for list in "$folder"/*; do
    [ ! -e "$list" ] || check_list
  done
}

# check_list: whether the list in the file $list holds for long enough.
check_list() {
  if ! said=$(openssl crl -in "$list" -noout -issuer -nextupdate 2>/dev/null); then
    alarm "holds a list that openssl cannot read" "" "$push"
    return
  fi
  issuer=$(printf '%s\n' "$said" | sed -n 's/^issuer= *//p')
  end=$(printf '%s\n' "$said" | sed -n 's/^nextUpdate=//p')
  left=$(($(seconds_of "$end") - $(date +%s)))
  renew='run the playbook that renews revocation lists, siptls.vos.rotate, and find out why it did not'
  if [ "$left" -le 0 ]; then
    alarm "was to be updated before $end, $((-left / 3600)) h ago: everybody is refused" "$issuer" "$renew"
  elif [ "$left" -le "$(duration "$before")" ]; then
    alarm "is to be updated before $end, in $((left / 3600)) h; after that everybody is refused" "$issuer" "$renew"
  fi
}

# seconds_of "Nov 30 11:00:00 2026 GMT": since 1970.
seconds_of() {
  echo "$1" | awk '{
    m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3
    split($3, t, ":")
    y = $4 - (m <= 2); e = int(y / 400); yoe = y - e * 400
    doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + $2 - 1
    days = e * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468
    printf "%.0f\n", days * 86400 + t[1] * 3600 + t[2] * 60 + t[3]
  }'
}

# duration 2d: in seconds.
duration() {
  number=${1%?}
  case $1 in
    *w) echo $((number * 604800)) ;;
    *d) echo $((number * 86400)) ;;
    *h) echo $((number * 3600)) ;;
    *m) echo $((number * 60)) ;;
    *) echo "$number" ;;
  esac
}

# alarm WHAT ISSUER REMEDY: a line that systemd takes as critical.
alarm() {
  alarmed=$file
  printf '<2>siptls: revocation list on %s: %s %s%s. Remedy: %s\n' "$(uname -n)" "$file" "${2:+of $2 }" "$1" "$3" >&2
}

raise_alarm() {
  [ -z "$alarm_command" ] || sh -c "$alarm_command" || echo "<3>siptls: the alarm command failed" >&2
  exit 1
}
