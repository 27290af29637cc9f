# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Makes a private key where it will be used, or takes the one in use, and proves the possession of it.
# shellcheck disable=SC2154  # the assignments of directory, private_key, ... stand in front of this script

main() {
  (umask 022 && mkdir -p "$directory/generations") || die "cannot make $directory. Remedy: run with become"
  refuse_shared "$directory" "$directory/generations"
  cd "$directory" || die "cannot enter $directory"
  # What a killed run left behind was never in use.
  discard staging
  said=$(make_staging 2>&1) || die "cannot write to $directory: $said. Remedy: run with become, and check that the disk is not full"
  cd "staging/$token" || die "cannot enter $directory/staging/$token"
  make_key || give_up 'cannot make a private key'
  make_request || give_up 'cannot make a certificate signing request'
  field request
  body request.csr
}

make_staging() {
  (umask 022 && mkdir staging) && mkdir "staging/$token"
}

make_key() {
  if [ "$rekey" = never ] && [ ! -L "../../current/$private_key" ] && openssl pkey -in "../../current/$private_key" -passin pass: -noout 2>/dev/null; then
    cat "../../current/$private_key" >"$private_key"
  else
    # shellcheck disable=SC2086  # several arguments on purpose, from the table of key types
    openssl genpkey $genpkey -out "$private_key" >error 2>&1
  fi
}

make_request() {
  # A configuration of its own: the system's may be missing on an appliance, and no name in a request counts anyway.
  printf '[req]\ndistinguished_name=name\nprompt=no\n[name]\nCN=proof of possession\n' >request.cnf
  openssl req -new -config request.cnf -key "$private_key" -passin pass: -out request.csr >error 2>&1
}

# give_up TEXT: cleans up and ends with what openssl said.
give_up() {
  said=$(tr '\n' ' ' <error || :)
  cd "$directory" && discard staging
  die "$1 in $directory. Expected: OpenSSL $openssl_minimum or later and room on the disk. Found: $(openssl version 2>&1), which said: $said"
}
