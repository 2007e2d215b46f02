# SPDX-License-Identifier: Apache-2.0
"""Batches that hold both forms of their frames."""

from __future__ import annotations

from torch import Tensor


def form_batch(frames: dict[str, Tensor], form: str) -> dict[str, Tensor]:
    """The tensors of one form out of a batch that holds both."""
    prefix = f"{form}_"
    own = {n.removeprefix(prefix): v for n, v in frames.items() if n.startswith(prefix)}
    return {"image": frames["image"], **own}
