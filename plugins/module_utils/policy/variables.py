# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of every role: its kind and its default. The roles' argument_specs say the same, and a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..platforms.catalogue import GATEWAYS, SOFTSWITCHES
from ..sip.srtp import OFFERED
from . import kinds, kinds_removal, kinds_systemd
from .kind import choice
from .shared_variables import DEVICE, ISSUER, KEY_TYPES, LISTS, ML_DSA, POST_QUANTUM, SECOND_CERTIFICATE
from .variable import OPTIONAL, REQUIRED, Following, Role, Variable

__all__ = ["KEY_TYPES", "OPTIONAL", "PLAYBOOK_VARIABLES", "REQUIRED", "ROLES", "Following", "Role", "Variable"]

_SIP_DOMAIN = kinds.record(
    "a dictionary with the name of a SIP domain",
    required={"name": kinds.HOST_NAME},
    optional={
        "state": choice("present", "absent"),
        "transport": choice("tls"),
        "port": kinds.PORT,
        "tls_verify": kinds.BOOLEAN,
        "srtp_require": kinds.BOOLEAN,
        "srtp_auth": choice("sdes", "dtls"),
        "srtp_suites": kinds.list_of(choice(*OFFERED), "a list of SRTP suites, such as [AEAD_AES_256_GCM]"),
    },
)

ROLES: Final[Mapping[str, Role]] = {
    "pki": Role(
        (
            *ISSUER,
            *LISTS,
            Variable("pki_root_subject", kinds.SUBJECT, {"common_name": "SIP Root CA"}),
            Variable("pki_root_passphrase", kinds.PASSPHRASE_OR_PIN),
            Variable("pki_root_key_type", KEY_TYPES, "rsa-4096"),
            Variable("pki_root_valid_for", kinds.DURATION, "3650d"),
            Variable("pki_root_certificate", kinds.PEM, OPTIONAL),
            Variable("pki_root_private_key", kinds.PEM, OPTIONAL),
            Variable("pki_root_private_key_passphrase", kinds.ANY_PASSPHRASE, OPTIONAL),
            Variable("pki_root_chain", kinds.PEM, OPTIONAL),
            Variable("pki_issuing_subject", kinds.SUBJECT, {"common_name": "SIP Issuing CA"}),
            Variable("pki_issuing_key_type", KEY_TYPES, "ecdsa-p256"),
            Variable("pki_issuing_valid_for", kinds.DURATION, "1825d"),
            Variable("pki_permitted_domains", kinds.list_of(kinds.HOST_NAME, "a list of domains"), []),
            POST_QUANTUM,
        )
    ),
    "vos": Role(
        (
            Variable("vos_hostname", kinds.SHORT_HOST_NAME),
            Variable("vos_sip_domains", kinds.list_of(_SIP_DOMAIN, "a list of SIP domains, each with a name")),
            Variable("vos_tls_port", kinds.PORT, 5061),
            Variable("vos_verify_mode", choice("none", "optional", "require", "require_verify"), "require_verify"),
            Variable("vos_allow_weak_verification", kinds.BOOLEAN, False),
            Variable("vos_ciphers", kinds.CIPHERS, "ECDHE+AESGCM:ECDHE+CHACHA20"),
            Variable("vos_min_version", choice("TLSv1.2", "TLSv1.3"), "TLSv1.2"),
            Variable("vos_groups", kinds.GROUP_LIST, []),
            Variable("vos_crl_file", kinds.OPTIONAL_FILE_ON_DEVICE, ""),
            Variable("vos_crl_others", kinds.list_of(kinds.PATH_HERE, "a list of paths on the controller"), []),
            Variable("vos_after_revocation", choice("refuse", "issue"), "refuse"),
            Variable("vos_crl_alarm", kinds.BOOLEAN, True),
            Variable("vos_crl_alarm_before", kinds.DURATION, "2d"),
            Variable("vos_crl_alarm_command", kinds.OPTIONAL_COMMAND, ""),
            Variable("vos_session_cache", kinds.SESSION_CACHE, "shared:10m"),
            Variable("vos_session_timeout", kinds.TIMER, "1h"),
            Variable("vos_keepalive_interval", kinds.TIMER, "120s"),
            Variable("vos_connection_lifetime", kinds.TIMER, "2h"),
            Variable("vos_conf_directory", kinds.FOLDER_ON_DEVICE, "/etc/vos"),
            Variable("vos_certificates_directory", kinds.FOLDER_ON_DEVICE, Following("{vos_conf_directory}/certs")),
            Variable("vos_certificate_owner", kinds.ACCOUNT, "root"),
            Variable("vos_certificate_group", kinds.ACCOUNT, "root"),
            Variable("vos_certificate_valid_for", kinds.DURATION, "90d"),
            Variable("vos_certificate_renew_before", kinds.DURATION, "30d"),
            Variable("vos_key_type", KEY_TYPES, "ecdsa-p256"),
            Variable("vos_post_quantum_certificate", SECOND_CERTIFICATE, OPTIONAL),
            Variable("vos_xml_schema_check", kinds.BOOLEAN, True),
            Variable("vos_clock_tolerance", kinds.SECONDS, 300),
            Variable("vos_service", kinds.UNIT, "vos"),
            Variable("vos_reload_command", kinds.COMMAND, Following("systemctl reload-or-restart {vos_service}")),
            Variable("vos_reload_interval", kinds.DURATION, "5s"),
            Variable("vos_reload_now", kinds.BOOLEAN, False),
            Variable("vos_tls_connect", kinds.ADDRESS, Following("127.0.0.1:{vos_tls_port}")),
            Variable("vos_served_within", kinds.DURATION, "15s"),
            Variable("vos_registered_within", kinds.DURATION, "90s"),
            Variable("vos_registrations_command", kinds.OPTIONAL_COMMAND, ""),
            Variable("vos_listener_proof", choice("certificate", "none"), "certificate"),
            Variable("vos_srtp_cutover", choice("staged", "at_once"), "staged"),
            Variable("vos_service_user", kinds.OPTIONAL_ACCOUNT, ""),
            Variable("vos_connections_command", kinds.OPTIONAL_COMMAND, ""),
            Variable("vos_registration_proof", choice("registration", "none"), "registration"),
            Variable("vos_plain_files", kinds_removal.FILE_CONTENTS, {}),
            Variable("vos_platform", choice(*SOFTSWITCHES), "vos"),
        ),
        read=(
            *ISSUER,
            *LISTS,
            *DEVICE,
            POST_QUANTUM,
            Variable("pki_root_passphrase", kinds.ANY_PASSPHRASE, OPTIONAL),
        ),
    ),
    "gateway": Role(
        (
            Variable("gateway_user", kinds.SIP_USER, Following("{inventory_hostname}")),
            Variable("gateway_sip_domain", kinds.HOST_NAME),
            Variable("gateway_hostname", kinds.HOST_NAME, Following("{gateway_user}.{gateway_sip_domain}")),
            Variable("gateway_register", kinds.REGISTRAR, Following("sip:{gateway_sip_domain}:5061")),
            Variable("gateway_srtp_encryption", choice("aes128_cm", "aes256_gcm"), "aes128_cm"),
            Variable("gateway_srtp_auth", choice("sdes", "dtls"), "sdes"),
            Variable("gateway_keepalive_interval", kinds.TIMER, "120s"),
            Variable("gateway_register_expires", kinds.TIMER, "1h"),
            Variable("gateway_conf", kinds.FILE_ON_DEVICE, "/etc/gateway/gateway.conf"),
            Variable("gateway_certificates_directory", kinds.FOLDER_ON_DEVICE, "/etc/gateway/certs"),
            Variable("gateway_certificate_owner", kinds.ACCOUNT, "root"),
            Variable("gateway_certificate_group", kinds.ACCOUNT, "root"),
            Variable("gateway_certificate_valid_for", kinds.DURATION, "90d"),
            Variable("gateway_certificate_renew_before", kinds.DURATION, "30d"),
            Variable("gateway_key_type", KEY_TYPES, "ecdsa-p256"),
            Variable("gateway_post_quantum_key_type", choice("", *ML_DSA.choices), ""),
            Variable("gateway_after_revocation", choice("refuse", "issue"), "refuse"),
            Variable("gateway_clock_tolerance", kinds.SECONDS, 300),
            Variable("gateway_service", kinds.UNIT, "gateway"),
            Variable(
                "gateway_reload_command", kinds.COMMAND, Following("systemctl reload-or-restart {gateway_service}")
            ),
            Variable("gateway_reload_now", kinds.BOOLEAN, False),
            Variable("gateway_calls_command", kinds.OPTIONAL_COMMAND, ""),
            Variable("gateway_idle_wait", kinds.DURATION, "10m"),
            Variable("gateway_when_busy", choice("defer", "force"), "defer"),
            Variable("gateway_registered_within", kinds.DURATION, "90s"),
            Variable("gateway_registration_proof", choice("certificate", "registration", "none"), "certificate"),
            Variable("gateway_connection_proof", choice("register", "tls", "none"), "register"),
            Variable("gateway_service_user", kinds.OPTIONAL_ACCOUNT, ""),
            Variable("gateway_softswitch", kinds.INVENTORY_NAME, OPTIONAL),
            Variable("gateway_platform", choice(*GATEWAYS), "generic"),
            Variable("gateway_plain_settings", kinds_removal.INI_SETTINGS, {}),
        ),
        read=(*ISSUER, *DEVICE, POST_QUANTUM),
    ),
    "revocation": Role(
        (
            Variable("revocation_hostname", kinds.SHORT_HOST_NAME),
            Variable("revocation_port", kinds.PORT, 80),
            Variable("revocation_responses_valid_for", kinds.DURATION, "7d"),
            Variable("revocation_responses_renew_before", kinds.DURATION, "3d"),
            Variable("revocation_responses", kinds.OPTIONAL_PATH_HERE, ""),
            Variable("revocation_key_type", KEY_TYPES, "ecdsa-p256"),
            Variable("revocation_certificate_valid_for", kinds.DURATION, "30d"),
            Variable("revocation_certificate_renew_before", kinds.DURATION, "10d"),
            Variable("revocation_user", kinds.ACCOUNT, "siptls-revocation"),
            Variable("revocation_directory", kinds.FOLDER_ON_DEVICE, "/etc/siptls-revocation"),
            Variable("revocation_data_directory", kinds.FOLDER_ON_DEVICE, "/var/lib/siptls-revocation"),
            Variable("revocation_clock_tolerance", kinds.SECONDS, 300),
        ),
        read=(*ISSUER, *LISTS, *DEVICE, POST_QUANTUM, Variable("pki_root_passphrase", kinds.PASSPHRASE_OR_PIN)),
    ),
    "verification": Role(
        (
            Variable("verification_state", choice("present", "absent"), "present"),
            Variable("verification_inventory", kinds.list_of(kinds.FOLDER_ON_DEVICE, "a list of absolute paths"), []),
            Variable("verification_calendar", kinds_systemd.CALENDAR, "hourly"),
            Variable("verification_randomized_delay", kinds_systemd.TIME_SPAN, "5m"),
            Variable("verification_time_limit", kinds_systemd.TIME_SPAN, "1h"),
            Variable("verification_user", kinds_systemd.SERVICE_ACCOUNT, "siptls"),
            Variable("verification_project_directory", kinds.OPTIONAL_FOLDER_ON_DEVICE, ""),
            Variable("verification_ansible_playbook", kinds.FILE_ON_DEVICE, "/usr/bin/ansible-playbook"),
            Variable("verification_options", kinds_systemd.OPTIONS, []),
            Variable("verification_environment", kinds_systemd.ENVIRONMENT, {}),
            Variable("verification_credentials", kinds_systemd.CREDENTIALS, {}),
            Variable("verification_alarm_command", kinds.OPTIONAL_COMMAND, ""),
            Variable("verification_directory", kinds.FOLDER_ON_DEVICE, "/etc/siptls-verification"),
        ),
    ),
    "allowlist": Role(
        (
            Variable("allowlist_state", choice("present", "absent"), "present"),
            Variable("allowlist_group", kinds.INVENTORY_NAME, "gateways"),
            Variable("allowlist_addresses", kinds.NETWORK_LIST, []),
            Variable("allowlist_allow_everyone", kinds.BOOLEAN, False),
            Variable("allowlist_media_ports", kinds.PORT_RANGE, "10000-20000"),
            Variable("allowlist_close_plain_sip", kinds.BOOLEAN, True),
            Variable("allowlist_cut_off_registered", kinds.BOOLEAN, False),
            Variable("allowlist_directory", kinds.FOLDER_ON_DEVICE, "/etc/siptls-allowlist"),
        ),
        read=(
            *DEVICE,
            Variable("gateway_address", kinds.NETWORKS, OPTIONAL),
            Variable("vos_tls_port", kinds.PORT, 5061),
            Variable("vos_registrations_command", kinds.OPTIONAL_COMMAND, ""),
            Variable("vos_clock_tolerance", kinds.SECONDS, 300),
        ),
    ),
    "audit": Role(
        (
            Variable("audit_state", choice("present", "absent"), "present"),
            Variable("audit_group", kinds.ACCOUNT, "adm"),
            Variable("audit_rotate_size", kinds.FILE_SIZE, "100M"),
            Variable("audit_keep_days", kinds.COUNT, 365),
            Variable("audit_keep_files", kinds.COUNT, 400),
            Variable("audit_accept_stdout", kinds.BOOLEAN, False),
            Variable("audit_lines", kinds.PATH_HERE, OPTIONAL),
            Variable("audit_fail2ban", kinds.BOOLEAN, False),
            Variable("audit_fail2ban_maxretry", kinds.COUNT, 10),
            Variable("audit_fail2ban_findtime", kinds.DURATION, "10m"),
            Variable("audit_fail2ban_bantime", kinds.DURATION, "1h"),
            Variable("audit_fail2ban_ignore", kinds.NETWORK_LIST, []),
            Variable("audit_directory", kinds.FOLDER_ON_DEVICE, "/etc/siptls-audit"),
        ),
        read=(
            *DEVICE,
            Variable("allowlist_group", kinds.INVENTORY_NAME, "gateways"),
            Variable("allowlist_addresses", kinds.NETWORK_LIST, []),
            Variable("gateway_address", kinds.NETWORKS, OPTIONAL),
            Variable("vos_service", kinds.UNIT, "vos"),
            Variable("vos_tls_port", kinds.PORT, 5061),
            Variable("vos_clock_tolerance", kinds.SECONDS, 300),
            Variable("vos_platform", choice(*SOFTSWITCHES), "vos"),
        ),
    ),
}

# Read by the playbooks of the collection rather than by a role.
PLAYBOOK_VARIABLES: Final = (
    *(
        "gateway_serial",
        "gateway_failure_limit",
        "rotate_batches",
        "rotate_failure_limit",
        "rotate_report",
        "rotate_now",
    ),
    "rotate_interval",
    *("post_quantum_stage", "post_quantum_report"),
    *(
        "remove_accept",
        "remove_batches",
        "remove_failure_limit",
        "remove_report",
        "remove_revoke",
        "remove_softswitches",
    ),
    "siptls_other_variables",
    *(
        "verification_asked",
        "verification_problem",
        "verification_reported",
        "verification_run",
        "verification_unreachable",
    ),
)
