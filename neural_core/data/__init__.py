# SPDX-License-Identifier: Apache-2.0
"""Data sets of rendered scenes, and the conditions that a network sees."""
