# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# no_limit.sh UNIT: lets the journal take from a service that is running whatever it logs. The service's drop-in says so to systemd, which
# tells the journal when it next starts or reloads the service, by two links in /run/systemd/units. This makes them now, and leaves the
# service alone. The interval is in microseconds.
set -eu
[ -d /run/systemd/units ] || exit 0
systemctl is-active -q "$1" || exit 0
ln -sfn 1000000 "/run/systemd/units/log-rate-limit-interval:$1"
ln -sfn 1000000 "/run/systemd/units/log-rate-limit-burst:$1"
