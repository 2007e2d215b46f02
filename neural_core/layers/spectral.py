# SPDX-License-Identifier: Apache-2.0
"""Spectral normalisation while a network is trained, folded into plain weights when it ships."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

_TAIL = ".parametrizations.weight."


def normalise_spectrally(layers: Iterable[nn.Module]) -> None:
    """Divide each layer's weight by its largest singular value (Miyato et al. 2018), from now on.

    A grouped convolution's weight counts as one matrix (outputs, inputs of a group x kernel).
    """
    for layer in layers:
        spectral_norm(layer)


@torch.no_grad()
def folded_state(module: nn.Module) -> dict[str, Tensor]:
    """The state of the same module without spectral norm: weights as its forward pass uses them.

    Of a module that has none it is the plain `state_dict`. No power iteration is taken.
    """
    state = {name: value for name, value in module.state_dict().items() if _TAIL not in name}
    for name, layer in module.named_modules():
        if not parametrize.is_parametrized(layer, "weight"):
            continue
        chain: nn.Module = layer.get_submodule("parametrizations.weight")
        was_training = chain.training
        chain.eval()
        state[f"{name}.weight" if name else "weight"] = chain().detach()
        chain.train(was_training)
    return state
