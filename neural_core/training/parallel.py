# SPDX-License-Identifier: Apache-2.0
"""Processes that train together: Lightning Fabric starts and joins them, gradients are averaged.

Gradients are averaged right before an optimiser steps, not while they flow back: adversarial tasks
freeze, reuse and differentiate their networks twice, which hooks in the backward pass do not bear.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn
from torch.optim import Optimizer

from neural_core.contract import ContractError
from neural_core.layers.precision import native_dtype

PRECISIONS = {"fp32": "32-true", "bf16": "bf16-mixed"}


class InFabric:
    """Put before a method's training: Fabric says where it runs and at which precision."""

    model: Any
    discriminator: Any
    average: Any
    optimizer_g: Optimizer
    optimizer_d: Optimizer

    def __init__(self, config: Any, options: Any, fabric: Fabric) -> None:
        training: Any = super()
        training.__init__(config, options, device=fabric.device)
        self.fabric = fabric

    def modules(self) -> Sequence[nn.Module]:
        """Networks that must start equal on all processes."""
        return (self.model, self.discriminator, self.average.module)

    def optimizers(self) -> Sequence[Optimizer]:
        """Optimisers whose gradients are averaged."""
        return (self.optimizer_g, self.optimizer_d)

    def _autocast(self) -> Any:
        return self.fabric.autocast()


def make_fabric(device: str = "cpu", precision: str = "auto") -> Fabric:
    """Fabric on the processes that ``torchrun`` started, or on this one alone.

    Args:
        device: cpu or cuda.
        precision: fp32, bf16 (autocast), or auto: bf16 where the hardware multiplies it.

    Raises:
        ContractError: an unknown device or precision, or no GPU.
    """
    if device not in ("cpu", "cuda"):
        raise ContractError("device", f"'{device}' is unknown", "Use cpu or cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise ContractError("device", "there is no GPU that torch can use", "Use --device cpu")
    if precision == "auto":
        native = native_dtype(torch.device(device))
        precision = "bf16" if native == torch.bfloat16 else "fp32"
    if precision not in PRECISIONS:
        raise ContractError("precision", f"'{precision}' is unknown", "Use auto, fp32 or bf16")
    world = int(os.environ.get("WORLD_SIZE", 1))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", world))
    settings: Any = PRECISIONS[precision]
    fabric = Fabric(
        accelerator=device,
        devices=local,
        num_nodes=world // local,
        strategy="ddp" if world > 1 else "auto",
        precision=settings,
    )
    fabric.launch()
    return fabric


def precision_of(fabric: Fabric) -> str:
    """The precision that was taken: ``fp32`` or ``bf16``."""
    return next(k for k, v in PRECISIONS.items() if v == fabric.strategy.precision.precision)


def synchronise(
    fabric: Fabric, modules: Sequence[nn.Module], optimizers: Sequence[Optimizer]
) -> None:
    """All processes get the first one's weights, and from now on the same gradients."""
    if fabric.world_size == 1:
        return
    for module in modules:
        for value in module.state_dict().values():
            torch.distributed.broadcast(value, 0)
    for optimizer in optimizers:
        optimizer.register_step_pre_hook(_average_gradients)


def _average_gradients(optimizer: Optimizer, *_: Any) -> None:
    """The mean over processes of the gradients that the optimiser is about to use."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return
    flat = torch.cat([g.flatten() for g in gradients])
    torch.distributed.all_reduce(flat)
    flat /= torch.distributed.get_world_size()
    start = 0
    for gradient in gradients:
        end = start + gradient.numel()
        gradient.copy_(flat[start:end].view_as(gradient))
        start = end
