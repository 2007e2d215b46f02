# SPDX-License-Identifier: Apache-2.0
"""Blockout's neural core: Frames in, Renderings out."""

__version__ = "0.1.0"
