# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a fleet: one document as JSON for programs, and as one HTML page for people.

``contents`` puts the document together, ``figures`` counts, ``columns`` has the rows of the table of devices, ``embedding`` puts data
into a page so that it stays data, and ``page`` makes the page of the files in ``assets``.
"""
