# SPDX-License-Identifier: Apache-2.0
"""What a run of SMIS is told: a preset, a relative of it, and single fields set otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from neural_core.contract import ContractError
from neural_core.methods.smis.ablations import ABLATIONS, ablation, at_budget, parameter_count
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.presets import PRESETS, preset_name
from neural_core.methods.smis.training import SmisTrainingOptions

NETWORK_FIELDS = ("object_channels", "guides", "upsample", "label_resize", "modulation_kernel")
"""Fields of the network that may be set one by one: widths and groups belong to a preset."""


@dataclass(frozen=True)
class SmisSettings:
    """Name, network and options of a run."""

    name: str
    config: SmisConfig
    options: SmisTrainingOptions


def smis_settings(
    preset: str,
    relative: str | None = None,
    changes: Mapping[str, str] | None = None,
    begin: SmisTrainingOptions | None = None,
) -> SmisSettings:
    """A preset, or its relative with at most as many parameters.

    Args:
        relative: one of `ABLATIONS`, or None.
        changes: values, as text, of fields of `SmisTrainingOptions` and of `NETWORK_FIELDS`.
        begin: options that the changes are made to; default: all as they are.

    Raises:
        ContractError: an unknown preset, relative or field, or a value that does not fit.
    """
    name = preset_name(preset)
    config, options = PRESETS[name], begin or SmisTrainingOptions()
    known = [field.name for field in dataclasses.fields(options)]
    for field, text in (changes or {}).items():
        if field in NETWORK_FIELDS:
            config = changed(config, field, text)
        elif field in known:
            options = changed(options, field, text)
        else:
            raise ContractError(
                "option", f"'{field}' is unknown", f"Use {', '.join([*known, *NETWORK_FIELDS])}"
            )
    if relative is None:
        return SmisSettings(name, config, options)
    if relative not in ABLATIONS:
        raise ContractError("relative", f"'{relative}' is unknown", f"Use {', '.join(ABLATIONS)}")
    return SmisSettings(f"{name} as {relative}", _relative(config, relative), options)


def _relative(config: SmisConfig, name: str) -> SmisConfig:
    """A relative that may spend what its encoder saves, or costs, on its decoder."""
    other = ablation(config, name)
    return at_budget(other, parameters(config) - (parameters(other) - parameter_count(other)))


def parameters(config: SmisConfig) -> int:
    """Of encoder and decoder together."""
    with torch.device("meta"):
        return sum(p.numel() for p in GroupDNet(config).parameters())


def changed(settings: Any, field: str, text: str) -> Any:
    """A dataclass with one field set from text.

    Raises:
        ContractError: the text does not fit the field.
    """
    now = getattr(settings, field)
    value = _like(now, _value(text))
    if value is None:
        raise ContractError(field, f"'{text}' does not fit", f"Write it as {json.dumps(now)}")
    try:
        return replace(settings, **{field: value})
    except ValueError as error:
        raise ContractError(field, str(error), f"It was {json.dumps(now)}") from None


def _like(now: Any, value: Any) -> Any:
    """The value in the type of the one that is there now; None: it does not fit."""
    if isinstance(now, float) and type(value) is int:
        return float(value)
    if not isinstance(now, tuple):
        return value if type(value) is type(now) else None
    values = value if isinstance(value, list) else [value] if value != "" else []
    if all(isinstance(part, float) for part in now) and now:
        numbers = [_like(0.0, part) for part in values]
        return None if None in numbers or len(numbers) != len(now) else tuple(numbers)
    return tuple(values) if all(isinstance(part, str) for part in values) else None


def _value(text: str) -> Any:
    """JSON where it is such, else words: one, or several with commas between."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.split(",") if "," in text else text
