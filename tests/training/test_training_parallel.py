# SPDX-License-Identifier: Apache-2.0
"""Where a run runs: precision and device, and a sentence for those that are not there."""

from __future__ import annotations

import pytest
import torch

from neural_core.contract import ContractError
from neural_core.layers.precision import native_dtype
from neural_core.training.parallel import make_fabric, precision_of


@pytest.mark.parametrize("wanted", ["fp32", "bf16", "auto"])
def test_the_precision_is_that_asked_for_or_what_the_machine_multiplies(wanted: str) -> None:
    fabric = make_fabric("cpu", wanted)
    best = "bf16" if native_dtype(torch.device("cpu")) == torch.bfloat16 else "fp32"
    assert precision_of(fabric) == (best if wanted == "auto" else wanted)
    with fabric.autocast():
        product = torch.ones(4, 4) @ torch.ones(4, 4)
    expected = torch.bfloat16 if precision_of(fabric) == "bf16" else torch.float32
    assert product.dtype == expected


@pytest.mark.parametrize(
    ("device", "precision", "words"),
    [("tpu", "auto", "device: 'tpu' is unknown"), ("cpu", "fp8", "precision: 'fp8' is unknown")],
)
def test_what_is_unknown_is_refused(device: str, precision: str, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        make_fabric(device, precision)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(ContractError, match="there is no GPU"):
        make_fabric("cuda")
