# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: handshake_failures
short_description: Count the TLS handshakes that failed at a softswitch, by cause, source and day
version_added: 0.3.0
description:
  - Reads the records that the role C(siptls.vos.audit) makes on a softswitch, the newest first, within bounds, and counts them on the
    controller.
  - Where there are no records, what failed is unknown, and not none.
options:
  path:
    description:
      - The file of records on the softswitch. Files that were put aside beside it, C(PATH.1) and C(PATH.2.gz) and so on, are read too.
    type: str
    default: /var/log/siptls-audit/tls_failures.json
  days:
    description: How many whole days before today are looked at, 3660 at most.
    type: int
    default: 30
  octets:
    description:
      - How much is read at most, the newest records first; 4096 to 67108864 octets.
      - Where there is more, RV(failures.truncated) says so.
    type: int
    default: 8388608
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
attributes:
  check_mode:
    description: Changes nothing, in check mode or not.
    support: full
  diff_mode:
    description: Shows what changes, or would change, without any secret.
    support: none
    details:
      - Nothing changes.
notes:
  - The softswitch needs awk, and gzip for files that were put aside; the role needs them as well.
seealso:
  - module: siptls.vos.fleet_report
"""

EXAMPLES = r"""
- name: Count what failed within a week
  siptls.vos.handshake_failures:
    days: 7
  become: true
  register: counted

- name: Hardly anybody fails
  ansible.builtin.assert:
    that: counted.failures.total is none or counted.failures.total < 100
"""

RETURN = r"""
failures:
  description: What failed. In a softswitch that keeps no records, C(total) is V(none).
  returned: success
  type: dict
  contains:
    since:
      description: The first moment that was looked at, in UTC.
      type: str
      returned: always
      sample: "2026-10-28T00:00:00Z"
    until:
      description: The last.
      type: str
      returned: always
      sample: "2026-11-27T01:00:00Z"
    total:
      description: How many handshakes failed.
      type: int
      returned: always
      sample: 3
    records_read:
      description: How many records were read for that.
      type: int
      returned: always
      sample: 3
    truncated:
      description: Whether there are more records in this time than were read.
      type: bool
      returned: always
      sample: false
    by_cause:
      description: How often each cause occurred, the most frequent first.
      type: list
      elements: dict
      returned: always
      sample: [{cause: the peer sent no certificate, count: 2}, {cause: the peer offers no TLS version that is allowed here, count: 1}]
    by_source:
      description: How often it was each peer.
      type: list
      elements: dict
      returned: always
      sample: [{source: 192.0.2.7, count: 3}]
    by_day:
      description: How often each cause occurred on each day in UTC.
      type: list
      elements: dict
      returned: always
      sample:
        - {day: "2026-11-25", cause: the peer sent no certificate, count: 2}
        - {day: "2026-11-26", cause: the peer offers no TLS version that is allowed here, count: 1}
    by_softswitch:
      description: The same for each softswitch; C(cause) says why C(count) is V(none).
      type: list
      elements: dict
      returned: always
      sample: [{softswitch: vos, count: 3, cause: ""}]
"""
