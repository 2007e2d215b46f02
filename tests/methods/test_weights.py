# SPDX-License-Identifier: Apache-2.0
"""Models on disk: what is missing, cut short or changed is told, not used."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from neural_core.contract import ContractError
from neural_core.weights import find_model, list_models, load_weights, save_model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    save_model(
        tmp_path,
        "probe",
        {"weight": torch.arange(6, dtype=torch.float16)},
        method="probing",
        domain="test",
        size=8,
        config={"a": 1},
        training={"images": 5},
    )
    return tmp_path


def test_a_saved_model_comes_back(folder: Path) -> None:
    card = find_model("probing")
    assert card.config == {"a": 1}
    assert torch.equal(load_weights(card)["weight"], torch.arange(6, dtype=torch.float16))
    assert not list(folder.glob(".*.part"))


def test_truncated_weights(folder: Path) -> None:
    path = folder / "probe.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ContractError, match=r"probe\.safetensors are truncated or changed"):
        load_weights(find_model("probing"))


def test_wrong_weights(folder: Path) -> None:
    path = folder / "probe.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ContractError, match="truncated or changed"):
        load_weights(find_model("probing"))


def test_missing_weights(folder: Path) -> None:
    (folder / "probe.safetensors").unlink()
    with pytest.raises(ContractError, match="cannot be read"):
        load_weights(find_model("probing"))


def test_no_such_model(folder: Path) -> None:
    with pytest.raises(ContractError, match="Installed models: probe"):
        find_model("probing", "other")


def test_a_damaged_card(folder: Path) -> None:
    (folder / "probe.json").write_text("{")
    with pytest.raises(ContractError, match=r"model card probe\.json"):
        list_models()
