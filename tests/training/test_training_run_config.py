# SPDX-License-Identifier: Apache-2.0
"""What a run was told is written beside it, and a folder holds one run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from neural_core.contract import ContractError
from neural_core.training.run_config import (
    RunConfig,
    machine_facts,
    read_run,
    start_or_continue,
)

RUN = RunConfig(
    method="smis",
    preset="street-128",
    config={"size": 128, "stages": [[1, 2]]},
    options={"l1": 6.0},
    loop={"batch": 4, "seed": 0, "images": None},
    data={"recipe": {"scene": "street"}},
    machine=machine_facts("cpu", "fp32"),
)


def test_a_run_is_written_down_and_may_go_on_elsewhere(tmp_path: Path) -> None:
    start_or_continue(tmp_path, RUN)
    assert read_run(tmp_path)["config"]["stages"] == [[1, 2]]
    elsewhere = dataclasses.replace(RUN, machine=machine_facts("cpu", "bf16", 2))
    start_or_continue(tmp_path, elsewhere)
    assert read_run(tmp_path)["machine"]["processes"] == 2


def test_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    start_or_continue(tmp_path, RUN)
    other = dataclasses.replace(RUN, loop={**RUN.loop, "batch": 8})
    with pytest.raises(ContractError, match=r"differs in loop \(batch: 4 -> 8\)"):
        start_or_continue(tmp_path, other)
    assert read_run(tmp_path)["loop"]["batch"] == 4


def test_fields_that_came_later_are_taken_as_their_defaults(tmp_path: Path) -> None:
    start_or_continue(tmp_path, RUN)
    now = dataclasses.replace(RUN, options={"l1": 6.0, "augment": ()})
    with pytest.raises(ContractError, match="augment"):
        start_or_continue(tmp_path, now)
    defaults = {"options": {"augment": ()}}
    changed = dataclasses.replace(RUN, options={"l1": 6.0, "augment": ("cutout",)})
    with pytest.raises(ContractError, match="augment"):
        start_or_continue(tmp_path, changed, defaults)
    start_or_continue(tmp_path, now, defaults)
    assert read_run(tmp_path)["options"] == {"l1": 6.0, "augment": []}


def test_a_run_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    assert read_run(tmp_path) == {}
