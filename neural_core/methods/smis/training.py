# SPDX-License-Identifier: Apache-2.0
"""One training step of SMIS: losses, optimisers, the average that ships."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from neural_core.contract import ContractError
from neural_core.layers.adversarial_state import AdversarialState
from neural_core.layers.diff_augment import KINDS, diff_augment
from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.feature_critic import FeatureCritic
from neural_core.layers.losses import (
    feature_matching,
    gaussian_kl,
    hinge_discriminator,
    hinge_generator,
    scaled_kl,
    two_scale_l1,
)
from neural_core.layers.patch_discriminator import MultiScaleDiscriminator, split_pairs
from neural_core.layers.perceptual import TAP_CHANNELS, HedDistance
from neural_core.layers.schedule import linear_decay
from neural_core.layers.spectral import folded_state, normalise_spectrally

from .apart import redraw_one_class, share_outside
from .config import SmisConfig
from .labels import class_masks, guide_maps
from .model import (
    GroupDNet,
    channels_last,
    initialise,
    object_code_sets,
    reparametrised,
)
from .objects import ObjectCodes, objects_of_some, with_painted_codes

Batch = Mapping[str, Tensor]

KL_SCALES = ("picture", "authors")


@dataclass(frozen=True)
class SmisTrainingOptions:
    """Weights of the losses and the schedule.

    Attributes:
        warm_up: share of the run before the discriminator joins.
        decay_from: share of the run from which the learning rates fall linearly to a tenth.
        l1, perceptual, matching, adversarial, kl: weights of the losses.
        perceptual_every: the perceptual loss is taken at every n-th step, n times as strong, on
        perceptual_crop: a random square of this side.
        kl_ramp: shares of the run between which the weight of ``kl`` grows from a hundredth to
            all: a decoder that is given nothing but noise early on learns to ignore the code.
        late_from: share of the run from which the picture is sharpened: what a box cannot tell
            (where a window is, how a person stands) is a blur as long as likeness counts most.
        late_likeness: factor on ``l1``, ``perceptual`` and ``kl`` from there on.
        late_matching: factor on ``matching`` from there on: it, too, is met best by a mean.
        late_adversarial: factor on ``adversarial`` from there on.
        late_learning_rate_d: factor on ``learning_rate_d`` from there on.
        tint_dropout: share of instances whose tint is withheld.
        kl_scale: ``picture``: the KL is summed over a picture's codes; ``authors``: it counts as
            if codes had as many numbers as where SMIS was tuned, so that a weight means the same
            with any batch and any number of classes (the authors' 0.05).
        augment: what `diff_augment` does to the pairs that the discriminator is shown.
        spectral_norm: whether the group convolutions are spectrally normalised, as the authors
            have them; the average, which ships, holds plain weights.
        critic: weight of a second discriminator, which looks at the features of the perceptual loss
            (`FeatureCritic`); that loss is taken at every step then.
        apart: weight of the share of change that lies outside a class when its code alone is
            another (`apart`), taken at every ``apart_every``-th step, so many times as strong.
        objects: at most so many objects of a picture are drawn from codes of their own, where the
            network has `object_channels`, in ``object_share`` of the pictures; objects of
            fewer than ``object_pixels`` pixels are left out.
    """

    learning_rate_g: float = 8e-4
    learning_rate_d: float = 4e-4
    warm_up: float = 0.2
    decay_from: float = 0.72
    late_from: float = 0.65
    late_likeness: float = 0.2
    late_matching: float = 0.3
    late_adversarial: float = 6.0
    late_learning_rate_d: float = 1.5
    l1: float = 6.0
    perceptual: float = 2.0
    perceptual_every: int = 2
    perceptual_crop: int = 64
    matching: float = 4.0
    adversarial: float = 0.5
    kl: float = 0.001
    kl_ramp: tuple[float, float] = (0.15, 0.5)
    tint_dropout: float = 0.5
    discriminator_width: int = 32
    kl_scale: str = "picture"
    augment: tuple[str, ...] = ()
    spectral_norm: bool = False
    critic: float = 0.0
    apart: float = 0.0
    apart_every: int = 3
    objects: int = 8
    object_share: float = 0.6
    object_pixels: int = 24

    def __post_init__(self) -> None:
        _check_choices("kl_scale", (self.kl_scale,), KL_SCALES)
        _check_choices("augment", self.augment, KINDS)


@dataclass(frozen=True)
class _Drawn:
    """A picture (B, 3, H, W), what it was drawn from, and how far that is from noise."""

    picture: Tensor
    codes: Tensor
    objects: ObjectCodes | None
    divergence: Tensor


@dataclass(frozen=True)
class _Seen:
    """Features of a square of pictures and of the real ones, and what both are to show."""

    found: list[Tensor]
    wanted: list[Tensor]
    condition: Tensor


def fine_tuning(options: SmisTrainingOptions) -> SmisTrainingOptions:
    """The schedule for networks that have been trained: the discriminator is there at once."""
    return replace(options, warm_up=0.0, kl_ramp=(-1.0, 0.0), late_from=0.3, decay_from=0.5)


class SmisTraining(AdversarialState):
    """Model, discriminator, optimisers and one step; the loop lives elsewhere."""

    def __init__(
        self,
        config: SmisConfig,
        options: SmisTrainingOptions | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = config
        self.options = options or SmisTrainingOptions()
        self.device = torch.device(device)
        self.model = GroupDNet(config)
        self.discriminator = MultiScaleDiscriminator(
            3 + config.classes + config.guide_channels,
            self.options.discriminator_width,
            layers=4,
            scales=2,
        )
        initialise(self.model.decoder, gain=1.0)
        initialise(self.model.encoder, gain=1.0)
        self.critic = None
        if self.options.critic:
            self.critic = FeatureCritic(TAP_CHANNELS, config.classes + config.guide_channels)
        networks = (self.model, self.discriminator, self.critic)
        for module in filter(None, networks):
            channels_last(module.to(self.device))
        self.average = ExponentialAverage(self.model)
        if self.options.spectral_norm:
            normalise_spectrally(self.model.group_convolutions())
            self.average.module.load_state_dict(folded_state(self.model))
        self.perceptual = HedDistance().to(self.device)
        self.optimizer_g = torch.optim.Adam(
            self.model.parameters(), self.options.learning_rate_g, (0.5, 0.99)
        )
        judges = [*self.discriminator.parameters()]
        if self.critic is not None:
            judges += self.critic.parameters()
        self.optimizer_d = torch.optim.Adam(judges, self.options.learning_rate_d, (0.5, 0.99))
        self.steps = 0

    def state_dict(self) -> dict[str, Any]:
        """As `AdversarialState.state_dict`, with the critic where there is one."""
        state = super().state_dict()
        return state if self.critic is None else {**state, "critic": self.critic.state_dict()}

    def load_weights(self, state: dict[str, Any]) -> None:
        """As `AdversarialState.load_weights`; networks without painted codes may get some.

        A critic that the other run had none of starts afresh.
        """
        if self.critic is not None and "critic" in state:
            self.critic.load_state_dict(state["critic"])
        networks = {"model": self.model, "average": self.average.module}
        own = {name: with_painted_codes(state[name], part) for name, part in networks.items()}
        super().load_weights({**state, **own})

    def step(self, batch: Batch, progress: float) -> dict[str, float]:
        """One update of everything; ``progress`` in [0, 1] through the run. Returns the losses."""
        self._set_learning_rates(progress)
        adversarial = progress >= self.options.warm_up
        image = batch["image"].to(self.device).float() / 127.5 - 1
        masks, guides = self._inputs(batch)
        with self._autocast():
            drawn = self._draw(image, masks, guides, batch["instance"].to(self.device))
        fake = drawn.picture.float()
        late = progress >= self.options.late_from
        condition = torch.cat([masks, guides], 1)
        seen = None if self.critic is None else self._seen(condition, fake, image)
        losses = self._reconstruction(fake, image, seen)
        losses["kl"] = drawn.divergence * self._kl_weight(progress)
        if late:
            losses = {name: loss * self.options.late_likeness for name, loss in losses.items()}
        if adversarial and self._keeps_apart():
            strength = self.options.apart * self.options.apart_every
            losses["apart"] = self._apart(drawn, masks, guides) * strength
        if adversarial:
            losses.update(self._adversarial(condition, fake, image))
            if seen is not None:
                losses["critic"] = self._convinced(seen) * self.options.critic
            if late:
                losses["adversarial"] = losses["adversarial"] * self.options.late_adversarial
                losses["matching"] = losses["matching"] * self.options.late_matching
        total = torch.stack(list(losses.values())).sum()
        self.optimizer_g.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        self.optimizer_g.step()
        self.average.update(self.model)
        logs = {name: float(value.detach()) for name, value in losses.items()}
        if adversarial:
            logs.update(self._update_discriminator(condition, fake.detach(), image, seen))
        self.steps += 1
        return logs

    def _keeps_apart(self) -> bool:
        """Whether this step draws a class again: where classes have codes, now and then."""
        options = self.options
        wanted = options.apart > 0 and self.config.codes == "class" and self.config.classes > 1
        return wanted and self.steps % options.apart_every == 0

    def _inputs(self, batch: Batch) -> tuple[Tensor, Tensor]:
        batch = {name: value.to(self.device) for name, value in batch.items()}
        if "tint" in self.config.guides:
            batch = drop_tints(batch, self.options.tint_dropout)
        masks = class_masks(batch["semantic"], self.config)
        guides = guide_maps(batch, self.config)
        layout = torch.channels_last
        return masks.to(memory_format=layout), guides.to(memory_format=layout)

    def _draw(self, image: Tensor, masks: Tensor, guides: Tensor, instance: Tensor) -> _Drawn:
        """The picture drawn from its own codes, and how far those are from noise."""
        mean, log_variance = self.model.encoder(image, masks)
        codes = reparametrised(mean, log_variance)
        divergence = self._divergence(mean, log_variance)
        objects = None
        if self.config.object_channels:
            owner = self._owners(instance, masks)
            found = self.model.encoder.of_objects(image, masks, owner)
            objects = ObjectCodes(object_code_sets(codes, found, self.config), owner)
            there = found.slot >= 0
            if bool(there.any()):
                own = (found.mean[there], found.log_variance[there])
                # An object's code counts as one class's code does.
                divergence = divergence + self._divergence(*own, parts=self.config.classes)
        picture = self.model.decoder(codes, masks, guides, objects)
        return _Drawn(picture, codes, objects, divergence)

    def _owners(self, instance: Tensor, masks: Tensor) -> Tensor:
        """Objects that are drawn from codes of their own, in some of the pictures."""
        options = self.options
        return objects_of_some(
            instance, masks, options.objects, options.object_pixels, options.object_share
        )

    def _apart(self, drawn: _Drawn, masks: Tensor, guides: Tensor) -> Tensor:
        """What changes where it should not when one class of each picture is drawn again."""
        redrawn = redraw_one_class(drawn.codes.detach(), masks, self.config)
        own = drawn.objects
        objects = None if own is None else ObjectCodes(own.codes.detach(), own.owner)
        with self._autocast():
            again = self.model.decoder(redrawn.codes, masks, guides, objects)
        return share_outside(drawn.picture.float(), again.float(), redrawn.outside)

    def _divergence(self, mean: Tensor, log_variance: Tensor, parts: int = 1) -> Tensor:
        """KL of codes; rows are one of so many ``parts`` of a picture's."""
        mean, log_variance = mean.float(), log_variance.float()
        if self.options.kl_scale == "authors":
            return scaled_kl(mean, log_variance)
        return gaussian_kl(mean, log_variance) * parts

    def _seen(self, condition: Tensor, fake: Tensor, image: Tensor) -> _Seen:
        near, real, shown = random_crops(self.options.perceptual_crop, fake, image, condition)
        with self._autocast():
            found, wanted = self.perceptual.relative(near, real)
        return _Seen(found, wanted, shown)

    def _convinced(self, seen: _Seen) -> Tensor:
        """Loss of the generator before the critic."""
        assert self.critic is not None
        self.critic.requires_grad_(False)
        with self._autocast():
            logits = self.critic(seen.found, seen.condition)
        self.critic.requires_grad_(True)
        return hinge_generator([[head] for head in logits]).float()

    def _critics_loss(self, seen: _Seen) -> Tensor:
        assert self.critic is not None
        with self._autocast():
            fakes = self.critic([tap.detach() for tap in seen.found], seen.condition)
            reals = self.critic(seen.wanted, seen.condition)
        return hinge_discriminator([[f] for f in fakes], [[r] for r in reals]).float()

    def _reconstruction(self, fake: Tensor, image: Tensor, seen: _Seen | None) -> dict[str, Tensor]:
        losses = {"l1": two_scale_l1(fake, image) * self.options.l1}
        if seen is not None:
            distance = self.perceptual.between(seen.found, seen.wanted)
            losses["perceptual"] = distance.float() * self.options.perceptual
            return losses
        every, crop = self.options.perceptual_every, self.options.perceptual_crop
        if self.steps % every == 0:
            with self._autocast():
                distance = self.perceptual(*random_crops(crop, fake, image))
            losses["perceptual"] = distance.float() * self.options.perceptual * every
        return losses

    def _adversarial(self, condition: Tensor, fake: Tensor, image: Tensor) -> dict[str, Tensor]:
        self.discriminator.requires_grad_(False)
        with self._autocast():
            fakes, reals = split_pairs(self.discriminator(self._pairs(condition, fake, image)))
        self.discriminator.requires_grad_(True)
        return {
            "adversarial": hinge_generator(fakes).float() * self.options.adversarial,
            "matching": feature_matching(fakes, reals).float() * self.options.matching,
        }

    def _update_discriminator(
        self, condition: Tensor, fake: Tensor, image: Tensor, seen: _Seen | None
    ) -> dict[str, float]:
        with self._autocast():
            fakes, reals = split_pairs(self.discriminator(self._pairs(condition, fake, image)))
            loss = hinge_discriminator(fakes, reals)
        losses = {"discriminator": loss.float()}
        if seen is not None:
            losses["critic_discriminates"] = self._critics_loss(seen)
        self.optimizer_d.zero_grad(set_to_none=True)
        torch.stack([*losses.values()]).sum().backward()
        self.optimizer_d.step()
        return {
            **{name: float(value.detach()) for name, value in losses.items()},
            "real_logit": float(reals[0][-1].detach().float().mean()),
            "fake_logit": float(fakes[0][-1].detach().float().mean()),
        }

    def _pairs(self, condition: Tensor, fake: Tensor, image: Tensor) -> Tensor:
        """Fakes stacked on reals, each with its condition."""
        pictures, conditions = torch.cat([fake, image]), condition.repeat(2, 1, 1, 1)
        if self.options.augment:
            # Alike, because features of fakes and reals are compared place by place.
            pictures, moved = diff_augment(pictures, conditions, self.options.augment, alike=2)
            assert moved is not None
            conditions = moved
        pairs = torch.cat([conditions, pictures], 1)
        return pairs.contiguous(memory_format=torch.channels_last)

    def _set_learning_rates(self, progress: float) -> None:
        factor = linear_decay(progress, self.options.decay_from)
        late = self.options.late_learning_rate_d if progress >= self.options.late_from else 1.0
        for optimizer, rate in (
            (self.optimizer_g, self.options.learning_rate_g),
            (self.optimizer_d, self.options.learning_rate_d * late),
        ):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor

    def _kl_weight(self, progress: float) -> float:
        start, end = self.options.kl_ramp
        share = (progress - start) / max(end - start, 1e-6)
        return self.options.kl * min(max(share, 0.01), 1.0)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def drop_tints(batch: Batch, share: float) -> dict[str, Tensor]:
    """The batch with the tint of each instance withheld with probability ``share``."""
    instance = batch["instance"]
    count = int(instance.max()) + 1
    keep = torch.rand(instance.shape[0], count, device=instance.device) >= share
    kept = torch.gather(keep, 1, instance.flatten(1)).view_as(instance)[:, None]
    return {
        **batch,
        "tint": batch["tint"] * kept,
        "tint_valid": batch["tint_valid"] * kept,
    }


def random_crops(size: int, *pictures: Tensor) -> list[Tensor]:
    """The same random square of each (B, C, H, W); whole pictures where they are smaller."""
    height, width = pictures[0].shape[-2:]
    top = int(torch.randint(max(height - size, 0) + 1, ()))
    left = int(torch.randint(max(width - size, 0) + 1, ()))
    return [picture[..., top : top + size, left : left + size] for picture in pictures]


def _check_choices(field: str, chosen: Collection[str], known: Collection[str]) -> None:
    for name in chosen:
        if name not in known:
            raise ContractError(field, f"'{name}' is unknown", f"Use {', '.join(known)}")
