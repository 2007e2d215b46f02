# SPDX-License-Identifier: Apache-2.0
"""A model's card as a page: everything on it was measured by its run or by `evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_core.contract import ContractError
from neural_core.weights import ModelCard

from .report import Report, Row, table


def read_report(path: Path) -> Report:
    """A table that ``blockout evaluate --out`` kept.

    Raises:
        ContractError: the file is not one.
    """
    try:
        data = json.loads(path.read_text())
        rows = [Row(**row) for row in data["rows"]]
        return Report(data["title"], data["facts"], rows, data["left_out"])
    except (ValueError, KeyError, TypeError) as error:
        raise ContractError(
            str(path), f"it is no table of measurements ({error})", "Make one: blockout evaluate"
        ) from error


def model_card(card: ModelCard, tables: list[Report]) -> str:
    """Markdown: what the model is, how it was trained, what was measured."""
    lines = [
        f"# {card.name}",
        "",
        f"Method `{card.method}`, domain `{card.domain}`, {card.size} px. "
        f"{card.path.stat().st_size / 1e6:.1f} MB, SHA-256 `{card.sha256}`.",
        "",
        *_training("Training", card.training),
        "## Measurements",
        "",
    ]
    for report in tables:
        lines += [f"### {report.title}", "", table(report, markdown=True), ""]
    if not tables:
        lines += ["None were kept: `blockout evaluate`.", ""]
    return "\n".join(lines)


def _training(heading: str, training: dict[str, Any]) -> list[str]:
    """A run's part of the page; below it that of the model that taught this one, if one did."""
    lines = [
        f"## {heading}",
        "",
        *_list(_training_facts(training)),
        "",
        "Weights of the losses and the schedule:",
        "",
        *_list(training.get("options", {})),
        "",
        "Last row of its log:",
        "",
        *_list(training.get("last_losses", {})),
        "",
    ]
    taught = training.get("data", {}).get("taught_by")
    if taught:
        title = f"Training of its teacher, {taught['name']} ({taught['sha256'][:12]})"
        lines += _training(title, taught["training"])
    return lines


def _training_facts(training: dict[str, Any]) -> dict[str, Any]:
    """How long, how fast, where and on what."""
    facts = {
        name: training[name]
        for name in ("preset", "seed", "images", "minutes", "steps", "images_per_s")
        if name in training
    }
    if "waiting" in training:
        facts["time spent waiting for data"] = f"{100 * training['waiting']:.1f} %"
    facts.update(training.get("machine", {}))
    data = dict(training.get("data", {}))
    recipe = data.pop("recipe", {})
    data.pop("taught_by", None)
    facts.update(data)
    facts.update({f"data: {name}": value for name, value in recipe.items() if name != "classes"})
    return facts


def _list(facts: dict[str, Any]) -> list[str]:
    return [f"- {name}: {value}" for name, value in facts.items()]
