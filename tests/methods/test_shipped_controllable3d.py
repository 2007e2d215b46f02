# SPDX-License-Identifier: Apache-2.0
"""The shipped model of controllable3d: its cars stand where their boxes are and stay themselves."""

from __future__ import annotations

from neural_core.contract import Frame

MODEL = "controllable3d-cars-64"
Frames = dict[str, list[Frame]]
