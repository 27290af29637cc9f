# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is particular to a softswitch or a gateway and has to be known on the controller: one file for each platform.

The other half of a platform, what it is on the device, is the folder of the same name in ``roles/vos/platforms`` or
``roles/gateway/platforms``.
"""
