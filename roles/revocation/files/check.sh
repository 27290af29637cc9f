# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# check.sh SETTINGS ISSUER PORT: whether this host answers, asked as a client asks. Services that have just been started get some time.
set -u
settings=$1
issuer=$2
port=$3
attempts=10

while :; do
  said=$(openssl ocsp -issuer "$settings/certificates/$issuer.pem" -serial 1 -url "http://127.0.0.1:$port/ocsp/$issuer" \
    -CAfile "$settings/responder/ca.crt" -timeout 10 2>&1)
  case $said in *'Response verify OK'*) exit 0 ;; esac
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || break
  sleep 1
done
echo "no OCSP response from port $port: $said"
systemctl --no-pager --full --lines 5 status siptls-revocation.service siptls-ocsp.socket
exit 1
