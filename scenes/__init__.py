# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural Blender scenes: demo files and training sets."""
