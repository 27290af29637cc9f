# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the get-pip script of ansible-test where only a package index can be reached."""

from __future__ import annotations

import os
import subprocess
import sys

LEFT_OUT = ("--no-setuptools", "--no-wheel")

environment = {name: value for name, value in os.environ.items() if name != "GET_PIP"}
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL, env=environment)
wanted = [argument for argument in sys.argv[1:] if argument not in LEFT_OUT]
if wanted:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *wanted], check=True, env=environment)
