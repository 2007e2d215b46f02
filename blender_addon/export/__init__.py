# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender -> Frame. Nothing here touches the network."""
