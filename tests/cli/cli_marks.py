# SPDX-License-Identifier: Apache-2.0
"""Marks of the command-line tests."""

import importlib.util

import pytest

needs_bpy = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None, reason="this Python has no bpy"
)
