# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.certificate_info: the status of one certificate, or of a whole PKI directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.survey.chain import Chain
from ..module_utils.pki.survey.facts import authority_facts, certificate_facts
from ..module_utils.pki.survey.status import NOT_ON_RECORD, STATES
from ..module_utils.pki.survey.survey import Found, Survey, by_itself
from ..module_utils.pki.x509.certificates import read_certificates
from ..module_utils.timestamps import utc_now
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.operation import ROOT_FINGERPRINTS, Operation

#: Warnings in a result.
_SHOWN = 20


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "certificate": {"type": "str"},
        "chain": {"type": "str"},
        "pki": {"type": "path"},
        "bao": BAO,
        "root_fingerprints": ROOT_FINGERPRINTS,
        "devices": {"type": "list", "elements": "str", "aliases": ["device"]},
        "states": {"type": "list", "elements": "str", "choices": list(STATES), "default": list(STATES)},
        "all": {"type": "bool", "default": False},
        "renew_before": {"type": "str", "default": "30d"},
    }
    RULES: ClassVar[dict[str, Any]] = {
        "required_one_of": [["certificate", "pki", "bao"]],
        "required_by": {"chain": ["certificate"]},
        "mutually_exclusive": [["certificate", "devices"], ["pki", "bao"]],
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks, and tells."""
        self._now = utc_now()
        self._renew_before = parse_duration(arguments["renew_before"], name="renew_before")
        survey = self._survey(arguments)
        counts, told = dict.fromkeys(STATES, 0), []
        for found, chain in self._looked_at(arguments, survey):
            counts[found.standing.state] += 1
            if found.standing.state in arguments["states"]:
                told.append(certificate_facts(found, self._now, chain))
        result: dict[str, Any] = {"changed": False, "certificates": told, "counts": counts}
        if survey:
            result["authorities"] = authority_facts(survey, self._register, self._now)
            result |= self._warnings(survey)
        return result

    def _looked_at(self, arguments: dict[str, Any], survey: Survey | None) -> Iterator[tuple[Found, Chain | None]]:
        """The certificate that the task gives, or those of the PKI directory: it names the one or the other."""
        if arguments["certificate"] is not None:
            yield from self._given(arguments, survey)
        elif survey:
            yield from self._on_record(arguments, survey)

    def _survey(self, arguments: dict[str, Any]) -> Survey | None:
        if arguments["pki"] is None and not arguments["bao"]:
            return None
        self._register = self.register(arguments)
        return Survey(self._register, renew_before=self._renew_before, now=self._now, verify=True)

    def _warnings(self, survey: Survey) -> dict[str, list[str]]:
        """What stops every run that decides by the PKI directory."""
        problems = [str(problem) for problem in survey.problems]
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        return {"warnings": [*problems[:_SHOWN], *more]} if problems else {}

    def _on_record(self, arguments: dict[str, Any], survey: Survey) -> Iterator[tuple[Found, None]]:
        """The certificates that the task asks about; a device that has none only where it is asked about by name."""
        asked = arguments["devices"]
        for device in survey.devices() if asked is None else dict.fromkeys(asked):
            found = list(survey.every(device)) if arguments["all"] else [survey.newest(device)]
            for one in found or [None]:
                if one is not None:
                    yield one, None
                elif asked is not None:
                    yield Found(device, NOT_ON_RECORD, None), None

    def _given(self, arguments: dict[str, Any], survey: Survey | None) -> Iterator[tuple[Found, Chain]]:
        """The one that the task gives, by itself or as the PKI directory sees it."""
        given = self._read(arguments["certificate"], "certificate")
        certificate, others = given[0], list(given[1:])
        if arguments["chain"] is not None:
            others += self._read(arguments["chain"], "chain")
        chain = Chain.among(certificate, others, now=self._now)
        if survey:
            found = survey.look_up(certificate)
        else:
            found = by_itself(certificate, chain.path[1:], renew_before=self._renew_before, now=self._now)
        yield found, chain

    def _read(self, value: str, option: str) -> tuple[Any, ...]:
        """The certificates in PEM text, or in the file that it names."""
        if "-----BEGIN " in value:
            return read_certificates(value.encode(), where=option)
        path = self.controller_path(value)
        try:
            return read_certificates(path.read_bytes(), where=str(path))
        except OSError as error:
            raise SiptlsError(
                f"{option} cannot be read on the controller",
                where=str(path),
                expected="the path of a PEM file, or the PEM text itself",
                found=error.strerror or str(error),
                remedy="correct the path; it begins at the folder of the playbook",
            ) from None
