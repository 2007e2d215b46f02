# SPDX-License-Identifier: Apache-2.0
"""How learning rates change over a run."""

from __future__ import annotations


def linear_decay(progress: float, start: float) -> float:
    """Factor on a learning rate: 1 until ``start``, then falling linearly to a tenth at 1."""
    return 1.0 if progress < start else 1 - 0.9 * (progress - start) / max(1 - start, 1e-6)
