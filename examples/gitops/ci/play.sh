#!/bin/sh
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# play.sh ARGUMENT...: ansible-playbook with the inventory and these secrets:
#   VAULT_PASSWORD   of the ansible-vault files in inventory/
#   SSH_PRIVATE_KEY  for the devices, without a passphrase
#   SSH_KNOWN_HOSTS  the host keys of the devices, as ssh-keyscan prints them
# Each holds the secret, or the path of a file with it, as variables of type File in GitLab and credentials of systemd do. For the
# time of the run they are files that nobody else can read; they are on no command line and not in the environment of the run.
set -eu
# Whoever traces this script does not get to see them either
set +x
# shellcheck source=SCRIPTDIR/environment.sh
. "$(dirname "$0")/environment.sh"

secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
trap 'exit 143' HUP INT TERM

# secret NAME: from the environment into a file of that name.
secret() {
  eval "value=\${$1:-}"
  [ -n "$value" ] || fail "expected the secret $1, found nothing" 'give it to the job; see README.md'
  [ ! -f "$value" ] || value=$(cat "$value")
  # Forms in a browser take the last line end, which ssh insists on, and put in others
  printf '%s\n' "$value" | tr -d '\r' >"$secrets/$1"
  unset value "$1"
}

secret VAULT_PASSWORD
secret SSH_PRIVATE_KEY
secret SSH_KNOWN_HOSTS

ANSIBLE_VAULT_PASSWORD_FILE=$secrets/VAULT_PASSWORD
ANSIBLE_PRIVATE_KEY_FILE=$secrets/SSH_PRIVATE_KEY
ANSIBLE_SSH_COMMON_ARGS="-o UserKnownHostsFile=$secrets/SSH_KNOWN_HOSTS -o StrictHostKeyChecking=yes"
# Connections stay open for a while after the run; nobody can take them up then
ANSIBLE_SSH_CONTROL_PATH_DIR=$secrets/connections
ANSIBLE_LOG_PATH=$report/log.txt
export ANSIBLE_LOG_PATH ANSIBLE_VAULT_PASSWORD_FILE ANSIBLE_PRIVATE_KEY_FILE ANSIBLE_SSH_COMMON_ARGS ANSIBLE_SSH_CONTROL_PATH_DIR
rm -rf "$report"
mkdir "$report"
attend ansible-playbook --inventory "$inventory" "$@"
