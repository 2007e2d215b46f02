# SPDX-License-Identifier: Apache-2.0
"""Measures of pictures: against a truth, against a set, against their labels, against each other."""
