#!/bin/sh
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# plan.sh: says which devices are due and why, in report/, and changes nothing.
set -eu
# shellcheck source=SCRIPTDIR/environment.sh
. "$(dirname "$0")/environment.sh"

status=0
attend ci/play.sh siptls.vos.rotate --check --extra-vars "rotate_report='$report/rotation.json'" || status=$?
summarize
exit "$status"
