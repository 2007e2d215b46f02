# SPDX-License-Identifier: Apache-2.0
"""From controls to codes: seeds, styles and morphs, per class and per object."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import numpy as np
import torch
from torch import Tensor

from neural_core.contract import ContractError, Controls, SceneObject, Style

from .config import SmisConfig
from .prior import CodePrior

WHOLE = "picture"
"""Name of the one code of a model that has no codes per class."""

LEAST_PIXELS = 8
"""A class with fewer pixels in a picture gives no style."""


class CodeBook:
    """Draws and mixes the codes of one model.

    Args:
        config: the model's; model_hash: SHA-256 of its weights, by which it knows its styles.
        prior: what its looks are drawn from, or None: unit noise.
        teachers: hashes of models with the same encoder and prior, whose styles are good here too.
    """

    def __init__(
        self,
        config: SmisConfig,
        model_hash: str,
        prior: CodePrior | None = None,
        teachers: Collection[str] = (),
    ) -> None:
        self._config = config
        self._prior = prior
        self._hash = model_hash
        self._known = {model_hash, *teachers}
        channels, height, width = config.code_shape
        if config.codes == "class":
            self._names = list(config.class_names)
            self._shape = (config.latent_channels, height, width)
        else:
            self._names = [WHOLE] if config.codes == "picture" else []
            self._shape = (channels, height, width)
        self._slots = {
            number: name
            for name, ids in zip(config.class_names, config.class_ids, strict=True)
            for number in ids
        }

    def of_picture(self, controls: Controls) -> Tensor:
        """(1, `code_shape`): the codes of the whole picture.

        Raises:
            ContractError: a style is missing, or of another model.
        """
        return self._joined(self._parts(controls))

    def of_objects(
        self, controls: Controls, objects: Sequence[SceneObject]
    ) -> list[tuple[Tensor, list[int]]]:
        """Codes (1, `code_shape`) and the instance ids that have them, for looks of their own.

        ``objects`` are all of the scene, seen or not: neither their order nor the view counts.
        Objects with the same look come together.
        """
        base = self._parts(controls)
        several = self._several(objects) if controls.vary_objects else frozenset()
        found: dict[tuple[str, ...], tuple[Tensor, list[int]]] = {}
        for item in objects:
            style = controls.object_styles.get(item.name) or item.style
            slot = self._slots.get(item.class_id, "")
            if style:
                key, own = ("style", style), self._styled(controls, style)
            elif item.name in controls.object_seeds:
                seed = controls.object_seeds[item.name]
                key, own = ("seed", slot, str(seed)), self._own(controls, slot, str(seed))
            elif slot in several:
                # Beside the class's own seed, so that drawing the class again moves all of them.
                seed = f"{self._seed_of(controls, slot)}/{item.appearance_seed}"
                key, own = ("seed", slot, seed), self._own(controls, slot, seed)
            else:
                continue
            if key not in found:
                found[key] = (self._joined({**base, **own}), [])
            found[key][1].append(item.instance_id)
        return list(found.values())

    def style(self, codes: Tensor, pixels: Tensor) -> Style:
        """The style of a picture from its codes (1, `code_shape`) and pixels of each class (C,).

        Raises:
            ContractError: it shows too little of any class.
        """
        if self._config.codes != "class":
            parts = dict.fromkeys(self._names, codes[0])
        else:
            split = codes[0].split(self._config.latent_channels)
            known = zip(self._names, split, pixels.tolist(), strict=True)
            parts = {name: code for name, code, count in known if count >= LEAST_PIXELS}
        if not parts:
            raise ContractError(
                "reference",
                "the picture shows no class that has a style",
                "Give labels that fit the picture",
            )
        arrays = {name: code.numpy().astype(np.float32) for name, code in parts.items()}
        return Style(self._hash, arrays)

    def kept(self, controls: Controls) -> Style:
        """The look of the whole picture under these controls, as a style."""
        parts = self._parts(controls).items()
        return Style(self._hash, {name: code.numpy() for name, code in parts})

    def _parts(self, controls: Controls) -> dict[str, Tensor]:
        target = self._styled(controls, controls.morph_to)
        parts = {}
        for name in self._names:
            code = self._class_code(controls, name)
            if name in target:
                code = torch.lerp(code, target[name], controls.morph)
            parts[name] = code
        return parts

    def _class_code(self, controls: Controls, name: str) -> Tensor:
        own = [controls.class_styles[i] for i in self._ids(name) if i in controls.class_styles]
        has_seed = any(i in controls.class_seeds for i in self._ids(name))
        style = own[0] if own else "" if has_seed else controls.style
        code = self._styled(controls, style).get(name)
        if code is not None:
            return code
        return self._drawn(str(self._seed_of(controls, name)), name, controls.temperature)

    def _seed_of(self, controls: Controls, name: str) -> int:
        own = [controls.class_seeds[i] for i in self._ids(name) if i in controls.class_seeds]
        return own[0] if own else controls.seed

    def _own(self, controls: Controls, slot: str, seed: str) -> dict[str, Tensor]:
        """Codes of one object's class; of all classes where it has none, or there is one code."""
        names = [slot] if slot in self._names else self._names
        return {name: self._drawn(seed, name, controls.temperature) for name in names}

    def _styled(self, controls: Controls, name: str) -> dict[str, Tensor]:
        if not name:
            return {}
        style = controls.styles.get(name)
        if style is None:
            raise ContractError("controls.styles", f"there is no style '{name}'", "Choose another")
        wrong = [code.shape for code in style.codes.values() if code.shape != self._shape]
        if style.model not in self._known or wrong:
            raise ContractError(
                f"style '{name}'",
                "it was taken with another model",
                "Take it again with this one, or choose the pipeline with that model",
            )
        return {key: torch.from_numpy(code.copy()) for key, code in style.codes.items()}

    def _several(self, objects: Sequence[SceneObject]) -> frozenset[str]:
        slots = [self._slots.get(item.class_id, "") for item in objects]
        return frozenset(slot for slot in slots if slot and slots.count(slot) > 1)

    def _ids(self, name: str) -> tuple[int, ...]:
        if name not in self._config.class_names:
            return ()
        return self._config.class_ids[self._config.class_names.index(name)]

    def _drawn(self, seed: str, name: str, temperature: float) -> Tensor:
        generator = torch.Generator().manual_seed(_seed(seed, name))
        if self._prior is not None:
            slot = self._config.class_names.index(name)
            return self._prior.draw(slot, generator, temperature).view(self._shape)
        return torch.randn(self._shape, generator=generator) * temperature

    def _joined(self, parts: dict[str, Tensor]) -> Tensor:
        if not parts:
            return torch.zeros(1, *self._config.code_shape)
        return torch.cat([parts[name] for name in self._names])[None]


def _seed(seed: str, name: str) -> int:
    """A seed for one class: stable over machines and Python versions."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1
