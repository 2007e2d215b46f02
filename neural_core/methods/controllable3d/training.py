# SPDX-License-Identifier: Apache-2.0
"""One training step of controllable3d. It is shown pictures only: no poses, no labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.layers.adversarial_state import AdversarialState
from neural_core.layers.diff_augment import diff_augment
from neural_core.layers.efficientnet_lite import TAP_CHANNELS, EfficientNetLite0
from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.precision import autocast_to, native_dtype

from .composition import hide_at_random
from .config import Controllable3dConfig
from .discriminator import (
    BACKGROUND,
    LABELS,
    SCENE,
    ProjectedDiscriminator,
    ResidualDiscriminator,
    fake_loss,
    gradient_penalty,
    real_loss,
)
from .generator3d import Codes, draw_codes, pair_moods
from .losses import absence, add_gradients, compactness, consistency, sameness
from .model import Controllable3d, Scene
from .views import View, draw_views, upright_poses

Batch = Mapping[str, Tensor]

DISCRIMINATORS = ("residual", "projected")
FIRST_TAP = 1
"""Features at half the picture's size tell little and cost much."""

NOISE = 1 / 128
"""Uniform noise added to real pictures, as a share of their range of values."""


@dataclass(frozen=True)
class Controllable3dTrainingOptions:
    """Weights of the losses and the schedule; as the authors' code has them.

    Attributes:
        optimizer: rmsprop (the authors) or adam (betas 0 and 0.99).
        discriminator: residual (the authors) or projected (frozen EfficientNet-Lite0 features).
        penalty: weight of R1, without a half; residual discriminator only.
        penalty_every: taken at every n-th step, n times as strong.
        compactness, consistency: weights of these losses; turn: largest angle, in degrees.
        consistency_every: as ``penalty_every``.
        consistent_alpha: the consistency's gradient reaches the layers' alpha, too, as the authors
            have it. With a large weight the layers then fade away: what is not there agrees.
        sameness: weight of the loss against codes that change nothing; drawn poses only.
        absence: weight of the loss against layers that fade away; drawn poses only.
        batch_spread: the projected discriminator sees how much so many pictures differ; 1: no.
        augment: kinds of DiffAugment on all that the discriminator sees.
        fresh_fakes: the discriminator gets fakes of its own, not those of the generator's step.
        average: decay of the weights that ship; the authors use none.
    """

    optimizer: str = "rmsprop"
    learning_rate_g: float = 1e-4
    learning_rate_d: float = 1e-4
    discriminator: str = "residual"
    discriminator_width: int = 128
    penalty: float = 10.0
    penalty_every: int = 1
    compactness: float = 0.03
    consistency: float = 0.1
    consistency_every: int = 1
    consistent_alpha: bool = True
    turn: float = 30.0
    sameness: float = 0.0
    absence: float = 0.0
    batch_spread: int = 1
    augment: tuple[str, ...] = ()
    fresh_fakes: bool = True
    average: float = 0.999

    def __post_init__(self) -> None:
        if self.discriminator not in DISCRIMINATORS:
            raise ContractError(
                "options.discriminator",
                f"'{self.discriminator}' is unknown",
                f"Use one of {DISCRIMINATORS}",
            )


OPTIONS: dict[str, Controllable3dTrainingOptions] = {
    "cars-64": Controllable3dTrainingOptions(
        optimizer="adam",
        learning_rate_g=3e-4,
        learning_rate_d=2e-4,
        discriminator="projected",
        discriminator_width=48,
        consistency=0.3,
        consistency_every=4,
        consistent_alpha=False,
        sameness=10.0,
        absence=5.0,
        batch_spread=4,
        augment=("color", "translation", "zoom"),
        fresh_fakes=False,
        average=0.998,
    )
}
"""Options that belong to a preset; other presets take the authors'."""


@dataclass(frozen=True)
class MadeScene:
    """Scenes, and the codes and cameras that they were made with."""

    scene: Scene
    codes: Codes
    view: View


@dataclass(frozen=True)
class Drawn:
    """Fakes as the discriminator is shown them, (B, 3, H, W) in [-1, 1]; scenes where they are."""

    shown: Tensor
    scene: MadeScene | None = None


class Controllable3dTraining(AdversarialState):
    """Model, discriminator, optimisers and one step; the loop lives elsewhere."""

    def __init__(
        self,
        config: Controllable3dConfig,
        options: Controllable3dTrainingOptions | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = config
        self.options = options or Controllable3dTrainingOptions()
        _require_drawn_poses(config, self.options)
        self.device = torch.device(device)
        self.model = self._new_model()
        self.discriminator = _discriminator(config, self.options, self.device)
        for module in (self.model, self.discriminator):
            module.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = ExponentialAverage(self.model, self.options.average)
        own = [p for p in self.discriminator.parameters() if p.requires_grad]
        self._own = own
        self.optimizer_g = self._optimizer(self.model.parameters(), self.options.learning_rate_g)
        self.optimizer_d = self._optimizer(own, self.options.learning_rate_d)
        self.steps = 0

    def step(self, batch: Batch, progress: float) -> dict[str, float]:
        """One update of everything.

        Args:
            batch: ``scene`` and ``background`` (B, 3, H, W) uint8; without a background branch
                the latter may be missing.
            progress: not used, learning rates stay as they are.
        """
        del progress
        reals, labels = self._reals(batch)
        count = len(batch["scene"])
        if count % self.options.batch_spread:
            raise ContractError(
                "batch",
                f"{count} pictures make no whole groups",
                f"Use a multiple of {self.options.batch_spread}",
            )
        logs, fakes = self._generator_step(count, reals)
        if self.options.fresh_fakes:
            with torch.no_grad(), self._autocast():
                fakes = self._draw(count).shown
        logs.update(self._discriminator_step(fakes, reals, labels))
        self.steps += 1
        return logs

    def _generator_step(self, count: int, reals: Tensor) -> tuple[dict[str, float], Tensor]:
        """Update the generator; returns the losses and its pictures."""
        self.model.train()
        self.optimizer_g.zero_grad(set_to_none=True)
        with self._autocast():
            drawn = self._draw(count)
            for parameter in self._own:
                parameter.requires_grad_(False)
            logits = self.discriminator(self._seen(drawn.shown), self._labels(count))
            adversarial = real_loss(logits)
            for parameter in self._own:
                parameter.requires_grad_(True)
        logs = {"adversarial": float(adversarial.detach())}
        total = adversarial.float()
        if drawn.scene is not None:
            total = total + self._of_primitives(drawn.scene, logs)
            if self.options.sameness > 0:
                alike = self._sameness(drawn.scene.scene, reals)
                logs["sameness"] = float(alike.detach())
                total = total + alike * self.options.sameness
        total.backward()
        self.optimizer_g.step()
        self.average.update(self.model)
        return logs, drawn.shown.detach()

    def _of_primitives(self, made: MadeScene, logs: dict[str, float]) -> Tensor | float:
        """Compactness, weighted; the consistency's gradients are added to the 2D generator."""
        own: Tensor | float = 0.0
        if self.config.poses == "learned":
            size = compactness(made.scene.projection.area)
            logs["compactness"] = float(size.detach())
            own = size * self.options.compactness
        if self.options.absence > 0:
            missing = absence(made.scene.layers, made.scene.projection.alpha)
            logs["absence"] = float(missing.detach())
            own = own + missing * self.options.absence
        every = self.options.consistency_every
        if self.options.consistency > 0 and self.steps % every == 0:
            agreement = self._consistency(made)
            logs["consistency"] = float(agreement.detach())
            # Its gradient must not reach the 3D generator, which would shrink the primitives.
            add_gradients(
                agreement * self.options.consistency * every, self.model.painter.parameters()
            )
        return own

    def _sameness(self, scene: Scene, reals: Tensor) -> Tensor:
        backgrounds = scene.background.float() / 2 + 0.5
        return sameness(scene.layers, backgrounds, reals / 2 + 0.5)

    def _consistency(self, made: MadeScene) -> Tensor:
        scene, codes, view = made.scene, made.codes, made.view
        angle = torch.rand(len(scene.features), device=self.device)
        poses = scene.poses.detach()
        turned = poses.turned(angle * torch.deg2rad(torch.tensor(self.options.turn)))
        with self._autocast():
            other = self.model.paint(
                self.model.project(scene.features.detach(), turned, view), codes.detach()
            )
        layers = scene.layers
        if not self.options.consistent_alpha:
            layers, other = (replace(each, alpha=each.alpha.detach()) for each in (layers, other))
        return consistency((layers, poses), (other, turned), view)

    def _discriminator_step(self, fakes: Tensor, reals: Tensor, labels: Tensor) -> dict[str, float]:
        penalised = (
            self.options.discriminator == "residual"
            and self.options.penalty > 0
            and self.steps % self.options.penalty_every == 0
        )
        reals = self._seen(reals).detach().requires_grad_(penalised)
        fakes = self._seen(fakes)
        if penalised:  # its second derivative wants full precision
            on_reals = self.discriminator(reals, labels)
            on_fakes = self.discriminator(fakes, labels)
        else:
            with self._autocast():
                both = self.discriminator(torch.cat([reals, fakes]), labels.repeat(2))
            on_reals, on_fakes = zip(*(head.float().chunk(2) for head in both), strict=True)
        loss = real_loss(list(on_reals)) + fake_loss(list(on_fakes))
        logs = {
            "discriminator": float(loss.detach()),
            "real_logit": float(torch.stack([h.detach().mean() for h in on_reals]).mean()),
            "fake_logit": float(torch.stack([h.detach().mean() for h in on_fakes]).mean()),
        }
        if penalised:
            penalty = gradient_penalty(list(on_reals), reals)
            logs["penalty"] = float(penalty.detach())
            loss = loss + penalty * self.options.penalty * self.options.penalty_every
        self.optimizer_d.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer_d.step()
        return logs

    def _new_model(self) -> Any:
        return Controllable3d(self.config)

    def _draw(self, count: int) -> Drawn:
        """Random scenes from random cameras, some of their primitives hidden."""
        config = self.config
        codes = draw_codes(count, config)
        if self.options.sameness > 0:
            codes = pair_moods(codes, config)
        codes = codes.to(self.device)
        view = draw_views(count, config).to(self.device)
        poses = None
        if config.poses == "upright":
            poses = upright_poses(count * config.primitives, config).to(self.device)
        visible = hide_at_random(count, config.primitives).to(self.device)
        scene = self.model(codes, view, visible, poses)
        return Drawn(self._shown(scene), MadeScene(scene, codes, view))

    def _shown(self, scene: Scene) -> Tensor:
        """What the discriminator is shown of fakes: scenes, then backgrounds where there are."""
        if not self.config.background:
            return scene.image
        return torch.cat([scene.image, scene.background])

    def _reals(self, batch: Batch) -> tuple[Tensor, Tensor]:
        names = ["scene", "background"] if self.config.background else ["scene"]
        pictures = torch.cat([batch[name] for name in names]).to(self.device)
        noisy = pictures.float() / 255 + torch.rand(pictures.shape, device=self.device) * NOISE
        return noisy * 2 - 1, self._labels(len(batch["scene"]))

    def _labels(self, count: int) -> Tensor:
        labels = torch.full((count,), SCENE, device=self.device)
        if self.config.background:
            labels = torch.cat([labels, torch.full_like(labels, BACKGROUND)])
        return labels

    def _seen(self, pictures: Tensor) -> Tensor:
        seen, _ = diff_augment(pictures, kinds=self.options.augment)
        return seen.contiguous(memory_format=torch.channels_last)

    def _optimizer(self, parameters: Any, rate: float) -> torch.optim.Optimizer:
        if self.options.optimizer == "adam":
            return torch.optim.Adam(parameters, rate, (0.0, 0.99))
        return torch.optim.RMSprop(parameters, rate, alpha=0.99, eps=1e-8)

    def _autocast(self) -> torch.autocast:
        return autocast_to(self.device, native_dtype(self.device))


def _require_drawn_poses(
    config: Controllable3dConfig, options: Controllable3dTrainingOptions
) -> None:
    """Both losses are about objects that are known to be there, each with a look of its own."""
    for name in ("sameness", "absence"):
        if getattr(options, name) > 0 and config.poses == "learned":
            raise ContractError(
                f"options.{name}",
                "it is for drawn poses, and these are learned",
                "Set it to 0, or config.poses to upright",
            )


def _discriminator(
    config: Controllable3dConfig, options: Controllable3dTrainingOptions, device: torch.device
) -> ResidualDiscriminator | ProjectedDiscriminator:
    labels = LABELS if config.background else 1
    if options.discriminator == "residual":
        return ResidualDiscriminator(options.discriminator_width, labels)
    network = EfficientNetLite0()
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(images: Tensor) -> list[Tensor]:
        return network.taps(images)[FIRST_TAP:]

    channels = TAP_CHANNELS[FIRST_TAP:]
    return ProjectedDiscriminator(
        features, channels, options.discriminator_width, labels, group=options.batch_spread
    )
