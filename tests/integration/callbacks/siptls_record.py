# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the result of every task on every host to a file, one JSON object a line, for the tests to read."""

from __future__ import annotations

import json
import os

from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: siptls_record
type: notification
short_description: results of a play for the tests of this collection
description: One JSON object a line, with the keys host, task, status and result, to the file that SIPTLS_RECORD names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "siptls_record"
    CALLBACK_NEEDS_ENABLED = True

    def _record(self, status, result):
        line = {
            "host": result._host.get_name(),
            "task": result._task.get_name().split(" : ")[-1],
            "status": status,
            "result": result._result,
        }
        with open(os.environ["SIPTLS_RECORD"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, cls=AnsibleJSONEncoder) + "\n")

    def v2_runner_on_ok(self, result):
        self._record("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._record("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._record("skipped", result)
