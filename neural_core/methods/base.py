# SPDX-License-Identifier: Apache-2.0
"""The face that all methods share."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from ..contract import Controls, Frame, Rendering

Prepared = Any
"""Whatever a method keeps between ``prepare`` and ``render``."""


@runtime_checkable
class Method(Protocol):
    """Frame in, Rendering out.

    Attributes:
        requires: names of the passes, or ``references``, that a Frame must bring.
        model_name: name of the loaded model; model_hash: SHA-256 of its weights.
    """

    requires: frozenset[str]
    model_name: str
    model_hash: str

    def prepare(self, frame: Frame) -> Prepared:
        """Work that is done once per scene and view."""
        ...

    def render(self, prepared: Prepared, controls: Controls) -> Rendering:
        """One picture of the prepared Frame under these Controls."""
        ...
