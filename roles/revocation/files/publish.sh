# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# publish.sh SETTINGS DATA: what clients fetch is DER (RFC 5280, sections 4.2.1.13 and 4.2.2.1); what was pushed is PEM.
set -eu
umask 022
settings=$1
data=$2

# convert FROM TO COMMAND...: by one rename, so that nobody fetches half of it.
convert() {
  from=$1
  to=$2
  shift 2
  mkdir -p "${to%/*}"
  openssl "$@" -in "$from" -outform DER -out "$to.new"
  sync "$to.new" 2>/dev/null || sync
  mv -f "$to.new" "$to"
}

for pem in "$settings"/crl/*.pem; do
  [ ! -e "$pem" ] || convert "$pem" "$data/crl/$(basename "$pem" .pem).crl" crl
done
for pem in "$settings"/certificates/*.pem; do
  [ ! -e "$pem" ] || convert "$pem" "$data/certificates/$(basename "$pem" .pem).cer" x509
done
chmod 755 "$data"
