# SPDX-License-Identifier: Apache-2.0
"""A data set and a task that are small and full of chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset


class Points(Dataset):
    """(x, 3x) with noise on x, drawn anew at every access."""

    def __init__(self, count: int = 10, noise: float = 0.1) -> None:
        self.count, self.noise = count, noise

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        x = torch.tensor([float(index)]) / self.count + self.noise * torch.randn(1)
        return {"index": torch.tensor(index), "x": x, "y": 3 * x}


class LineTask:
    """Fits a line with Adam; ``dropout`` draws from the training's own random state."""

    def __init__(self, dropout: float = 0.3, stop_at: int | None = None) -> None:
        torch.manual_seed(1)
        self.net = nn.Linear(1, 1)
        self.optimizer = torch.optim.Adam(self.net.parameters(), 0.05)
        self.dropout, self.stop_at, self.steps = dropout, stop_at, 0
        self.seen: list[list[int]] = []
        self.progress: list[float] = []

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]:
        if self.steps == self.stop_at:
            raise KeyboardInterrupt
        self.steps += 1
        self.seen.append(batch["index"].tolist())
        self.progress.append(progress)
        x = nn.functional.dropout(batch["x"], self.dropout)
        loss = (self.net(x) - batch["y"]).square().mean() * (1 + progress)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return {"l2": float(loss.detach())}

    def state_dict(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]


class SharedLineTask(LineTask):
    """The same for several processes."""

    def modules(self) -> Sequence[nn.Module]:
        return (self.net,)

    def optimizers(self) -> Sequence[Optimizer]:
        return (self.optimizer,)
