# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the documentation site. antsibull-docs has made the pages; see tools/documentation."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

project = "siptls.vos"
copyright = "siptls.vos contributors"  # noqa: A001
html_title = "siptls.vos: SIP over TLS for VOS softswitches and their gateways"
html_short_title = "siptls.vos"

extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
default_role = "any"
nitpicky = True

html_theme = "sphinx_ansible_theme"
html_theme_options = {"vcs_pageview_mode": "edit"}
html_show_sphinx = False
html_use_index = False
html_copy_source = False

# What pages refer to in Ansible's own documentation and in other collections. Nothing is fetched for it: a machine may be offline.
_ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
_PLUGIN = re.compile(r"ansible_collections\.(?!siptls\.)(\w+)\.(\w+)\.(\w+)")


def elsewhere(app: Any, env: Any, node: Any, contnode: Any) -> nodes.reference | None:
    """A link for a reference that leads out of this site; nothing, and so a warning, for one that leads nowhere."""
    target = node["reftarget"]
    page = _PAGES.get(target)
    if found := _PLUGIN.fullmatch(target):
        page = "collections/{}/{}/{}.html".format(*found.groups())
    return nodes.reference("", "", contnode, internal=False, refuri=_ANSIBLE + page) if page else None


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("missing-reference", elsewhere)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
