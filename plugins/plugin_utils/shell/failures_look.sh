# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells the newest records of failed handshakes, at most so many octets of them, of days that are not before the one asked for.
# The records are lines of JSON that begin with their time; files that were put aside are NAME.1, and NAME.2.gz and so on.
# shellcheck disable=SC2154  # the assignments of records, since and octets stand in front of this script

main() {
  left=$octets
  number=0
  found=
  while file=$(file_number "$number"); do
    if [ -n "$file" ]; then
      [ -r "$file" ] || die "cannot read $file. Remedy: run with become, or as a member of the group that audit_group names"
      found=yes
      tell_records "$file" || break
    fi
    number=$((number + 1))
  done
  [ -n "$found" ] || field absent "$records"
}

# file_number N: the file that is the Nth before the newest; empty where only the newest is missing, which rotation does for a moment.
file_number() {
  if [ "$1" -eq 0 ]; then
    [ ! -f "$records" ] || echo "$records"
  elif [ -f "$records.$1" ]; then
    echo "$records.$1"
  elif [ -f "$records.$1.gz" ]; then
    echo "$records.$1.gz"
  else
    return 1
  fi
}

# tell_records FILE: those of the days asked for. Fails where no older file has any, or no more octets may be told.
tell_records() {
  # One octet more than may be told says whether there are more
  said=$(content "$1" "$((left + 1))")
  first=1
  [ "${#said}" -lt "$left" ] || first=2
  # The first line of a part is the rest of one
  oldest=$(printf '%s\n' "$said" | sed -n "$first"'s/^{"time":"\(.\{10\}\).*/\1/p')
  cut=
  [ "$first" -eq 1 ] || before "$oldest" || cut="cut"
  field records "$cut"
  printf '%s\n' "$said" | sed -n "$first,\$s/^/ /p" | asked_for
  left=$((left - ${#said}))
  [ "$first" -eq 1 ] && ! before "$oldest"
}

# before DAY: whether it is before the one asked for. Days in this form are in the order of their letters; sort decides, as test knows no
# less-than for text.
before() {
  [ "$1" != "$since" ] && [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$1" "$since" | sort | sed -n 1p)" = "$1" ]
}

content() {
  case $1 in
    *.gz) gzip -dc "$1" | tail -c "$2" ;;
    *) tail -c "$2" "$1" ;;
  esac
}

# asked_for: the lines whose day is not before the one asked for.
asked_for() {
  awk -v since="$since" 'substr($0, 2, 9) != "{\"time\":\"" || substr($0, 11, 10) >= since'
}
