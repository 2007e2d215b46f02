# SPDX-License-Identifier: Apache-2.0
"""Blocks that several methods share."""
