# SPDX-License-Identifier: Apache-2.0
"""Which number format a device multiplies fastest, and how networks are made to take it."""

from __future__ import annotations

import torch


def native_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it natively; elsewhere it would be slower."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = torch.backends.mkldnn.is_available() and bool(
            torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
    return torch.bfloat16 if native else torch.float32


def autocast_to(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """A context in which networks multiply in ``dtype``; float32 changes nothing."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16)
