# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what a verification goes by, all of it in one go, and changes nothing.
# shellcheck disable=SC2154  # the assignments of certificate, private_key, ... stand in front of this script

main() {
  field began "$(date -u +%s)"
  field openssl "$(openssl_version)"
  tell_file certificate "$certificate"
  tell_file private_key "$private_key"
  tell_file trust_bundle "$trust_bundle"
  tell_file crl "$crl"
  list_files
  [ ! -r "$certificate" ] || tell_certificate_key
  [ ! -f "$private_key" ] || [ ! -r "$private_key" ] || tell_key "$private_key"
  tell_processor
  [ -z "$connections_command" ] || tell connections "$connections_command"
  field ended "$(date -u +%s)"
}

tell_certificate_key() {
  field certificate_key
  openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null | sed 's/^/ /' || :
}

# list_files: owner and mode of what the paths lead to, behind symlinks; owners by name or, if asked for so, by number.
list_files() {
  list_one certificate "$certificate"
  list_one private_key "$private_key"
  list_one trust_bundle "$trust_bundle"
  folder=${private_key%/*}
  list_one folder "${folder:-/}"
}

list_one() {
  # One file, and its first words alone: mode, links, owner and group.
  # shellcheck disable=SC2012
  line=$(ls -ldL"$numeric" "$2" 2>/dev/null) || return 0
  field "listed_$1" "$line"
}

# tell_processor: the name of the line that lists what the processor can, and whether AES is in it. Linux writes "flags" on x86 and
# "Features" on ARM; where there is no such line, nothing is said.
tell_processor() {
  line=$(sed -n -e '/^flags[[:blank:]]*:/{p;q;}' -e '/^Features[[:blank:]]*:/{p;q;}' "$cpuinfo" 2>/dev/null) || line=
  [ -n "$line" ] || return 0
  aes=no
  case " ${line#*:} " in *[[:blank:]]aes[[:blank:]]*) aes=yes ;; esac
  name=${line%%[![:alpha:]]*}
  field processor "$name $aes"
}
