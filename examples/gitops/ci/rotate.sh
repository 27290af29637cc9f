#!/bin/sh
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# rotate.sh ARGUMENT...: renews what is due, says so in report/, and keeps what was issued, also where the rotation failed.
# Its exit status is that of the rotation. Arguments are for ansible-playbook, such as --limit gw1.
set -eu
# shellcheck source=SCRIPTDIR/environment.sh
. "$(dirname "$0")/environment.sh"

# Begins with the newest record and with what a run before this one left behind. Whoever may not push finds out now, before anything is issued
ci/keep.sh
status=0
attend ci/play.sh siptls.vos.rotate --extra-vars "rotate_report='$report/rotation.json'" "$@" || status=$?
summarize
ci/keep.sh || [ "$status" != 0 ] || status=1
exit "$status"
