#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What siptls.vos.metrics_file costs for a large fleet: the time, and the size of the file.

    tests/benchmarks/metrics.py                  # 5,000 devices
    tests/benchmarks/metrics.py --devices 20000

Times are those of the processor, for the work alone, without Ansible. Nothing here asserts one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Renders a fleet in order, with series for checks that passed and without."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=5000)
    devices = parser.parse_args().devices
    sys.path.insert(0, str(PROJECT / ".cache"))
    from ansible_collections.siptls.vos.plugins.module_utils.compliance.assess import assess
    from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
    from ansible_collections.siptls.vos.plugins.module_utils.metrics.fleet import metrics_text
    from ansible_collections.siptls.vos.tests.shared.fleet_sample import device, document

    made = [device("vos", "softswitch"), *(device(f"gw{number:05}") for number in range(1, devices))]
    text = json.dumps(document(*made))
    began = time.process_time()
    fleet = json.loads(text)
    print(f"{devices} devices, {len(text) / 1e6:.1f} MB of JSON, read in {time.process_time() - began:.2f} s")
    for passing_checks in (True, False):
        began = time.process_time()
        metrics = metrics_text(fleet, where="fleet.json", labels={}, passing_checks=passing_checks)
        seconds = time.process_time() - began
        series = sum(not line.startswith("#") for line in metrics.splitlines())
        words = "with" if passing_checks else "without"
        print(f"{words} checks that passed: {series} series, {len(metrics.encode()) / 1e6:.1f} MB, in {seconds:.2f} s")
    began = time.process_time()
    entries = assess(FleetDocument.read(fleet, where="fleet.json"))
    print(f"{len(entries)} controls assessed in {time.process_time() - began:.2f} s")


if __name__ == "__main__":
    main()
