# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests have in common."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts a time, and a machine under load is no defect.
settings.register_profile("siptls", deadline=None, database=None)
settings.load_profile("siptls")

#: What takes long: make test leaves it to make nightly. Whole files, and tests by the beginning of their names. Rotation, revocation and
#: registration are in the lab of make test as well.
NIGHTLY = (
    "documentation/test_documents.py::test_commands_of_a_document_work_from_its_first_to_its_last[docs/docsite/rst/first_rollout.rst]",
    "documentation/test_documents.py::test_commands_of_a_document_work_from_its_first_to_its_last[docs/docsite/rst/report.rst]",
    "documentation/test_documents.py::test_commands_of_a_document_work_from_its_first_to_its_last[docs/docsite/rst/verification.rst]",
    "documentation/test_incidents.py",
    "integration/test_allowlist.py::test_thousands_of_gateways",
    "integration/test_allowlist.py::test_what_somebody_undid_is_done_again",
    "integration/test_allowlist.py::test_where_loading_fails",
    "integration/test_batch.py",
    "integration/test_calls.py",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[crl_info]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[device_archive]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[device_files]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[handshake_failures]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[registrations]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[served_certificate]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[session_resumption]",
    "integration/test_device_that_lies.py::test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone[srtp_probe]",
    "integration/test_device_that_lies.py::test_what_devices_say_is_shown_by_every_playbook_and_run_by_none[siptls.vos.diagnose",
    "integration/test_device_that_lies.py::test_what_devices_say_is_shown_by_every_playbook_and_run_by_none[siptls.vos.report",
    "integration/test_every_step.py",
    "integration/test_execution_environment.py",
    "integration/test_first_certificate.py::test_every_kind_of_key_by_every_kind_of_authority",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[blocked_from_the_gateways]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[calls_command_missing]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[clock]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[crl_missing]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[key_lost_by_the_service]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[key_unreadable]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[refused_user]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[second_softswitch]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[service_absent]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[wrong_domain]",
    "integration/test_first_rollout.py::test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway[wrong_reload_command]",
    "integration/test_fleet.py::test_50_devices_by_20_forks",
    "integration/test_fleet.py::test_one_device_by_several_runs_at_once",
    "integration/test_fleet.py::test_two_fleets_at_once",
    "integration/test_healing.py",
    "integration/test_installed_tarball.py",
    "integration/test_interrupted.py::test_a_renewal_killed_at_any_moment_leaves_a_pair_that_matches_and_the_next_run_heals_it[everything]",
    "integration/test_inventory_pki.py",
    "integration/test_key_readers.py",
    "integration/test_lying_device.py::test_a_key_that_is_another_devices",
    "integration/test_no_host.py::test_no_inventory_is_refused",
    "integration/test_no_host.py::test_other_group_names",
    "integration/test_output.py::test_a_program_gets_json_alone",
    "integration/test_packet_filter_info.py",
    "integration/test_pipelines.py",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[certificate-in-memory",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[dropped-by-policy",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[encrypted-key",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[foreign-bundle",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[foreign-certificate",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[garbled",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[keying",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[media-dropped",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[name",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[no-bundle",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[not-on-our-list",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[old-firmware",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[plain]",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[registered-with-old",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[revoked-on-disk-alone",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[self-signed",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[softswitch-trusts-others",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[srtp-off",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[stale-crl",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[suites",
    "integration/test_remedies.py::test_the_remedy_mends_the_fault_and_nothing_else[wrong-key",
    "integration/test_remove.py::test_a_gateway_in_a_call",
    "integration/test_remove.py::test_a_gateway_that_does_not_start",
    "integration/test_remove.py::test_a_gateway_that_would_lose",
    "integration/test_remove.py::test_a_pair_that_was",
    "integration/test_remove.py::test_a_run_that_was_killed",
    "integration/test_remove.py::test_a_softswitch_that_goes_on",
    "integration/test_remove.py::test_certificates_are_revoked",
    "integration/test_remove.py::test_what_an_earlier_version",
    "integration/test_remove.py::test_what_is_accepted",
    "integration/test_remove.py::test_what_others_changed",
    "integration/test_revocation.py",
    "integration/test_revoke.py",
    "integration/test_rollover.py",
    "integration/test_rollover_held.py",
    "integration/test_rotate.py",
    "integration/test_rotate_expiry.py::test_a_run_with_nothing_to_do",
    "integration/test_rotate_expiry.py::test_a_schedule_that_is_too_slow",
    "integration/test_rotate_expiry.py::test_certificates_and_cas",
    "integration/test_rotate_expiry.py::test_crls_follow",
    "integration/test_rotate_expiry.py::test_crls_that_cannot_be_kept",
    "integration/test_rotate_expiry.py::test_one_that_was_pushed",
    "integration/test_rotate_expiry.py::test_what_is_left_out",
    "integration/test_rotate_interrupted.py",
    "integration/test_rotate_month.py",
    "integration/test_rotate_publication.py",
    "integration/test_rotation_needs.py::test_a_renewal_is_forced",
    "integration/test_rotation_needs.py::test_check_run_says_refused",
    "integration/test_scheduled_verification.py",
    "integration/test_secrets.py::test_a_brought_key_and_its_passphrase",
    "integration/test_served_certificate.py",
    "integration/test_site.py::test_sip_domains_are_held_against_the_schema",
    "integration/test_token.py",
    "integration/test_verify.py::test_check_mode_and_a_limit_say_the_same",
    "integration/test_verify.py::test_device_out_of_reach",
    "integration/test_verify.py::test_files_are_looked_at",
    "integration/test_verify.py::test_it_costs_little",
    "integration/test_verify.py::test_old_certificate_that_is_still_served",
    "integration/test_verify.py::test_softswitch_out_of_reach",
    "integration/test_verify.py::test_what_cannot_be_told",
    "unit/plugins/plugin_utils/test_configuration_place.py::test_a_shell_killed_at_any_command",
    "unit/plugins/plugin_utils/test_original_files.py::test_whatever_command_is_struck",
)
SHORT = bool(os.environ.get("SIPTLS_SHORT"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests of NIGHTLY; a name that fits none of those in its file is an error, and not silently of no use."""
    if not SHORT:
        return
    folder = Path(__file__).parent
    names = {item: f"{item.path.relative_to(folder)}::{item.nodeid.partition('::')[2]}" for item in items}
    files = {name.partition("::")[0] for name in names.values()}
    for wanted in NIGHTLY:
        file = wanted.partition("::")[0]
        is_stale = file in files and not any(name.startswith(wanted) for name in names.values())
        if is_stale or not (folder / file).is_file():
            raise pytest.UsageError(f"tests/conftest.py: no test is called {wanted}")
    left_out = [item for item, name in names.items() if name.startswith(NIGHTLY)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
