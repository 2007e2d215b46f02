# SPDX-License-Identifier: Apache-2.0
"""Measures of pictures: against a truth, a set, their labels, and one another."""
