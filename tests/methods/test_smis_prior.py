# SPDX-License-Identifier: Apache-2.0
"""The Gaussian that looks are drawn from."""

from __future__ import annotations

import torch

from neural_core.contract import Controls
from neural_core.methods.smis.codes import CodeBook
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.prior import CodePrior, fit_prior

TINY = SmisConfig(
    class_ids=((7,), (26,)),
    class_names=("road", "car"),
    size=8,
    latent_channels=2,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=8,
    stages=(Stage(8, 2, 8), Stage(8, 1, 8)),
    prior_rank=2,
)


def known_codes(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes (count, 2, 6) that lie in two directions about a mean, and the directions (6, 2)."""
    torch.manual_seed(3)
    axes = torch.linalg.qr(torch.randn(6, 2))[0] * torch.tensor([3.0, 0.5])
    codes = 1 + (torch.randn(count, 2, 2) @ axes.T)
    return codes, axes


def draws(prior: CodePrior, slot: int, count: int, temperature: float = 1.0) -> torch.Tensor:
    return torch.stack(
        [prior.draw(slot, torch.Generator().manual_seed(i), temperature) for i in range(count)]
    )


def test_what_is_drawn_lies_as_the_codes_lie() -> None:
    codes, axes = known_codes(4000)
    prior = fit_prior(codes, torch.ones(4000, 2, dtype=torch.bool), rank=4)
    drawn = draws(prior, 1, 4000)
    assert torch.allclose(drawn.mean(0), torch.ones(6), atol=0.2)
    wanted = axes @ axes.T
    assert (torch.cov(drawn.T) - wanted).norm() < 0.1 * wanted.norm()


def test_pictures_without_the_class_do_not_count() -> None:
    codes, _ = known_codes(50)
    shown = torch.zeros(50, 2, dtype=torch.bool)
    shown[:20, 0] = True
    prior = fit_prior(codes, shown, rank=3)
    assert torch.allclose(prior.mean[0], codes[:20, 0].mean(0), atol=1e-6)
    assert not prior.mean[1].any() and not prior.factor[1].any()


def test_one_picture_gives_its_own_code() -> None:
    codes, _ = known_codes(1)
    prior = fit_prior(codes, torch.ones(1, 2, dtype=torch.bool), rank=3)
    assert torch.allclose(draws(prior, 0, 1)[0], codes[0, 0], atol=1e-6)


def test_temperature_zero_is_the_mean() -> None:
    codes, _ = known_codes(40)
    prior = fit_prior(codes, torch.ones(40, 2, dtype=torch.bool), rank=3)
    assert torch.equal(draws(prior, 0, 1, 0.0)[0], prior.mean[0])


def test_a_model_with_a_prior_draws_from_it_class_by_class() -> None:
    network = GroupDNet(TINY)
    assert network.prior is not None
    network.prior.mean[1] = 5.0
    book = CodeBook(TINY, "hash", network.prior)
    codes = book.of_picture(Controls(seed=1))[0]
    assert codes.shape == TINY.code_shape
    assert not codes[:2].any() and bool((codes[2:] == 5).all())
    network.prior.factor.normal_()
    one, other = (book.of_picture(Controls(seed=1, class_seeds=s))[0] for s in ({}, {26: 7}))
    assert torch.equal(one[:2], other[:2]) and not torch.equal(one[2:], other[2:])
    assert torch.equal(book.of_picture(Controls(seed=1))[0], one)


def test_the_prior_is_among_the_weights() -> None:
    keys = {key for key in GroupDNet(TINY).state_dict() if key.startswith("prior.")}
    assert keys == {"prior.mean", "prior.factor"}
