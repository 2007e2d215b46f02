# SPDX-License-Identifier: Apache-2.0
"""The checks that a faithful controllable3d passes, on a tiny network."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neural_core.contract import ContractError
from neural_core.methods.controllable3d.composition import (
    Layers,
    compose,
    compose_depth,
    hide_at_random,
)
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.discriminator import (
    ProjectedDiscriminator,
    ResidualDiscriminator,
    batch_spread,
    gradient_penalty,
)
from neural_core.methods.controllable3d.generator3d import draw_codes, pair_moods, shared_codes
from neural_core.methods.controllable3d.losses import (
    add_gradients,
    compactness,
    consistency,
    consistency_one_way,
    sameness,
)
from neural_core.methods.controllable3d.model import Controllable3d, Scene
from neural_core.methods.controllable3d.views import (
    Poses,
    about_vertical,
    draw_views,
    extrinsics_at,
    square_view,
    upright_poses,
)

TINY = Controllable3dConfig(
    size=16,
    primitive="cuboid",
    primitives=3,
    latent=16,
    texture_code=8,
    texture_width=4,
    texture_channels=3,
    texture_size=(8, 16),
    background_texture_size=(8, 16),
    width=4,
    background_width=4,
)
KINDS = [
    replace(TINY, primitive="point", points=5),
    TINY,
    replace(TINY, primitive="sphere"),
    replace(TINY, poses="upright"),
    replace(TINY, painter_inputs="features+alpha+depth", background=False),
    replace(TINY, painter_inputs="features+place", poses="upright", symmetric=True),
]


def model_of(config: Controllable3dConfig) -> Controllable3d:
    """A model whose pictures are not grey: as if it had been trained."""
    torch.manual_seed(0)
    model = Controllable3d(config)
    for part in (model.painter, model.background_painter):
        if part is not None:
            for layer in part.modules():
                if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d | torch.nn.Linear):
                    torch.nn.init.kaiming_normal_(layer.weight)
    return model.eval()


def poses_of(config: Controllable3dConfig, scenes: int) -> Poses:
    torch.manual_seed(4)
    upright = upright_poses(scenes * config.primitives, replace(config, upright_reach=0.6))
    return Poses(upright.rotation, upright.translation, upright.scale * 1.3)


def scene_of(
    model: Controllable3d, poses: Poses | None = None, visible: torch.Tensor | None = None
) -> Scene:
    torch.manual_seed(1)
    codes, view = draw_codes(2, model.config), draw_views(2, model.config)
    if visible is None:
        visible = torch.ones(2, model.config.primitives, dtype=torch.bool)
    with torch.no_grad():
        return model(codes, view, visible, poses or poses_of(model.config, 2))


def some_layers(alpha: torch.Tensor) -> Layers:
    """Three layers of one scene, the second one nearest."""
    torch.manual_seed(2)
    depth = torch.tensor([2.0, 1.0, 3.0])[:, None, None, None].expand(3, 1, 4, 4)
    return Layers(torch.rand(3, 3, 4, 4), alpha, depth, depth)


@pytest.mark.parametrize("config", KINDS, ids=lambda c: f"{c.primitive}-{c.poses}")
def test_every_kind_paints_pictures_in_range(config: Controllable3dConfig) -> None:
    model = model_of(config)
    scene = scene_of(model, None if config.poses == "upright" else poses_of(config, 2))
    assert scene.image.shape == (2, 3, 16, 16)
    assert float(scene.image.abs().max()) <= 1.0 + 1e-6
    assert float(scene.image.std()) > 0.01
    assert float(scene.layers.alpha.min()) >= 0 and float(scene.layers.alpha.max()) <= 1
    if not config.background:
        assert torch.equal(scene.background, torch.ones_like(scene.background))
    assert Controllable3dConfig.from_dict(config.to_dict()) == config


def test_learned_poses_stay_in_their_ranges() -> None:
    model = model_of(TINY)
    poses = model.generator3d.learned_poses(torch.randn(20, TINY.latent) * 9)
    assert len(poses.scale) == 60
    assert (poses.scale >= 0.1).all() and (poses.scale <= 0.6).all()
    assert (poses.translation.abs() <= 1).all()
    assert torch.allclose(torch.linalg.det(poses.rotation), torch.ones(60), atol=1e-5)


def test_an_opaque_nearest_layer_is_the_picture() -> None:
    layers = some_layers(torch.ones(3, 1, 4, 4))
    image = compose(layers, torch.rand(1, 3, 4, 4), torch.ones(1, 3, dtype=torch.bool))
    assert torch.equal(image[0], layers.rgb[1])


def test_the_order_of_primitives_does_not_matter() -> None:
    layers = some_layers(torch.rand(3, 1, 4, 4))
    background, visible = torch.rand(1, 3, 4, 4), torch.tensor([[True, True, True]])
    image = compose(layers, background, visible)
    for order in ([2, 0, 1], [1, 2, 0], [2, 1, 0]):
        shuffled = Layers(*(part[order] for part in vars(layers).values()))
        assert torch.equal(compose(shuffled, background, visible), image)


def test_composition_is_over_front_to_back() -> None:
    layers = some_layers(torch.rand(3, 1, 4, 4))
    background = torch.rand(1, 3, 4, 4)
    wanted = background[0]
    for index in (2, 0, 1):
        wanted = layers.rgb[index] * layers.alpha[index] + wanted * (1 - layers.alpha[index])
    image = compose(layers, background, torch.ones(1, 3, dtype=torch.bool))
    assert torch.allclose(image[0], wanted, atol=1e-6)


def test_composed_depth_is_that_of_the_nearest_solid_layer() -> None:
    alpha = torch.tensor([0.9, 0.2, 0.9])[:, None, None, None].expand(3, 1, 4, 4)
    depth = compose_depth(some_layers(alpha), torch.tensor([[True, True, True]]), 4.0)
    assert torch.equal(depth, torch.full((1, 1, 4, 4), 2.0))
    hidden = compose_depth(some_layers(alpha), torch.tensor([[False, True, False]]), 4.0)
    assert torch.equal(hidden, torch.full((1, 1, 4, 4), 4.0))


def test_at_least_one_primitive_stays_and_all_numbers_occur() -> None:
    torch.manual_seed(0)
    shown = hide_at_random(300, 3).sum(1)
    assert set(shown.tolist()) == {1, 2, 3}
    assert bool(hide_at_random(5, 1).all())


def test_hiding_one_changes_only_its_own_pixels() -> None:
    model = model_of(TINY)
    whole = scene_of(model)
    visible = torch.ones(2, 3, dtype=torch.bool)
    visible[:, 1] = False
    without = scene_of(model, visible=visible)
    own = whole.layers.alpha.view(2, 3, 1, 16, 16)[:, 1] > 0
    changed = (whole.image - without.image).abs()
    assert float((changed * ~own).max()) == 0
    assert float((changed * own).max()) > 0.01


def test_moving_one_leaves_the_other_layers_bit_for_bit() -> None:
    model = model_of(TINY)
    before = poses_of(TINY, 2)
    offset = torch.zeros(6, 3)
    offset[0] = torch.tensor([0.2, 0.0, -0.1])
    first, second = scene_of(model, before), scene_of(model, before.moved(offset))
    for name in ("rgb", "alpha", "depth", "order"):
        a, b = getattr(first.layers, name), getattr(second.layers, name)
        assert torch.equal(a[1:], b[1:])
        assert not torch.equal(a[0], b[0])
    assert torch.equal(first.background, second.background)


def test_drawn_poses_need_no_pose_branch() -> None:
    with pytest.raises(ValueError, match="no pose branch"):
        model_of(replace(TINY, poses="upright")).generator3d.learned_poses(torch.zeros(1, 16))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ContractError, match="cone"):
        replace(TINY, primitive="cone")
    with pytest.raises(ContractError, match="widthh"):
        Controllable3dConfig.from_dict({"widthh": 3})


def test_consistency_is_nothing_for_a_sphere_of_one_colour_with_its_true_depth() -> None:
    config = replace(TINY, primitive="sphere", primitives=1, size=48)
    model = model_of(config)
    view = draw_views(1, config)
    poses = Poses(torch.eye(3)[None], torch.zeros(1, 3), torch.full((1, 3), 0.5))
    turned = poses.turned(torch.tensor([0.3]))

    def layers(at: Poses, cap: float, shade: float = 0.7, shift: float = 0.0) -> Layers:
        """The part of the sphere that lies ``cap`` nearer than its middle."""
        seen = model.project(torch.zeros(1, 3, 8, 16), at, view)
        shown = (seen.depth < seen.middle - cap).float()
        depth = torch.where(seen.depth < config.far, seen.depth, seen.middle) + shift
        return Layers(torch.full((1, 3, 48, 48), shade), shown, depth, seen.depth)

    def difference(second: Layers) -> float:
        """For each pixel of the cap, which is seen whole after a small turn."""
        loss = consistency_one_way((first, poses), (second, turned), view, 1.0, 5.0)
        return float(loss / (first.alpha > 0).float().mean())

    first = layers(poses, 0.3)
    assert float(first.alpha.mean()) > 0.03
    assert difference(layers(turned, 0.0)) < 0.04  # what the facets of the sphere leave
    assert abs(difference(layers(turned, 0.0, shade=0.2)) - 2.5) < 0.03
    assert abs(difference(layers(turned, 0.0, shift=0.3)) - 0.3) < 0.03
    nothing = consistency((first, poses), (first, poses), view)
    assert float(nothing) < 1e-3


def test_consistency_reaches_the_2d_generator_alone() -> None:
    model = model_of(TINY).train()
    codes, view = shared_codes(torch.randn(2, 16), TINY), draw_views(2, TINY)
    scene = model(codes, view, torch.ones(2, 3, dtype=torch.bool))
    turned = scene.poses.turned(torch.full((6,), 0.3))
    other = model.paint(model.project(scene.features, turned, view), codes)
    loss = consistency((scene.layers, scene.poses), (other, turned), view)
    add_gradients(loss, model.painter.parameters())
    assert all(p.grad is None for p in model.generator3d.parameters())
    assert model.background_painter is not None
    assert all(p.grad is None for p in model.background_painter.parameters())
    reached = [p.grad.abs().max() for p in model.painter.parameters() if p.grad is not None]
    assert reached and max(reached) > 0


def plain_layers(colors: torch.Tensor) -> Layers:
    """Half covered layers of one colour each; where nothing covers them they are white."""
    alpha = torch.zeros(len(colors), 1, 8, 8)
    alpha[..., :4] = 0.5
    shown = colors[:, :, None, None].expand(-1, -1, 8, 8)
    rgb = torch.where(alpha > 0, shown, torch.ones_like(shown))
    return Layers(rgb, alpha.requires_grad_(), torch.ones_like(alpha), torch.ones_like(alpha))


def test_sameness_is_what_looks_and_places_lack_of_the_differences_of_reals() -> None:
    grey, apart = torch.full((4, 3), 0.5), torch.tensor([0.3, 0.7, 0.3, 0.7])[:, None].expand(4, 3)
    pictures = {
        name: c[:, :, None, None].expand(-1, -1, 8, 8)
        for name, c in (("grey", grey), ("apart", apart))
    }
    for looks, places, wanted in (
        (grey, "grey", 0.8),
        (apart, "grey", 0.4),
        (grey, "apart", 0.4),
        (apart, "apart", 0.0),
    ):
        found = sameness(plain_layers(looks), pictures[places], pictures["apart"])
        assert float(found.detach()) == pytest.approx(wanted, abs=1e-6)
    none = sameness(plain_layers(grey), pictures["grey"], pictures["grey"])
    assert float(none.detach()) == 0


def test_differences_in_lightness_are_none_in_hue() -> None:
    light = torch.tensor([0.2, 0.8, 0.2, 0.8])[:, None].expand(4, 3)
    warm = torch.tensor([[0.6, 0.5, 0.3], [0.4, 0.5, 0.7]]).repeat(2, 1)
    greys, hues = (c[:, :, None, None].expand(-1, -1, 8, 8) for c in (light, warm))
    found = sameness(plain_layers(light), hues, hues)
    assert float(found.detach()) == pytest.approx(0.2 + 0.5), "red-green and yellow-blue"
    assert float(sameness(plain_layers(warm), hues, hues).detach()) == pytest.approx(0, abs=1e-6)
    none = sameness(plain_layers(light), greys, greys)
    assert float(none.detach()) == pytest.approx(0, abs=1e-6)


def test_sameness_reaches_the_colours_and_not_the_silhouettes() -> None:
    reals = torch.rand(4, 3, 8, 8).round()
    looks = torch.full((4, 3), 0.5) + torch.linspace(0, 0.01, 4)[:, None]
    layers = plain_layers(looks.requires_grad_())
    sameness(layers, reals, reals).backward()
    assert looks.grad is not None and looks.grad.abs().min() > 0
    assert layers.alpha.grad is None


def test_paired_scenes_share_their_mood_alone() -> None:
    torch.manual_seed(0)
    config = replace(TINY, primitive="cuboid", primitives=2, poses="upright")
    drawn = draw_codes(5, config)
    paired = pair_moods(drawn, config)
    half = config.latent // 2
    moods, own = paired.scenes.split(half, 1)
    assert torch.equal(moods[0], moods[1]) and torch.equal(moods[2], moods[3])
    assert not torch.equal(moods[1], moods[2]) and torch.equal(moods[4], drawn.scenes[4, :half])
    assert torch.equal(own, drawn.scenes[:, half:])
    assert torch.equal(paired.objects[:, half:], drawn.objects[:, half:])
    assert torch.equal(paired.objects[:, :half], moods.repeat_interleave(2, 0))


def test_compactness_pulls_on_large_primitives_only() -> None:
    area = torch.tensor([0.05, 0.3], requires_grad=True)
    compactness(area).backward()
    assert area.grad is not None and area.grad.tolist() == [0.0, 0.5]


def test_compactness_shrinks_primitives() -> None:
    """Without it the soft area stays; with it, it falls towards a tenth of the picture."""
    torch.manual_seed(3)
    model = model_of(replace(TINY, primitives=1)).train()
    latent, view = torch.randn(4, 16), draw_views(4, TINY)
    codes = shared_codes(latent, model.config)
    optimizer = torch.optim.Adam(model.generator3d.parameters(), 3e-3)
    areas = []
    for _ in range(25):
        poses = model.generator3d.learned_poses(codes.scenes)
        area = model.project(model.generator3d.object_features(codes), poses, view).area
        areas.append(float(area.detach().mean()))
        optimizer.zero_grad()
        compactness(area).backward()
        optimizer.step()
    assert areas[0] > 0.15
    assert areas[-1] < 0.75 * areas[0]


def test_labels_choose_the_logit() -> None:
    torch.manual_seed(0)
    images = torch.randn(4, 3, 64, 64)
    discriminator = ResidualDiscriminator(4).eval()
    (scene,) = discriminator(images, torch.zeros(4, dtype=torch.int64))
    (mixed,) = discriminator(images, torch.tensor([0, 1, 0, 1]))
    assert scene.shape == (4,)
    assert torch.equal(scene[[0, 2]], mixed[[0, 2]])
    assert not torch.equal(scene[[1, 3]], mixed[[1, 3]])
    (single,) = ResidualDiscriminator(4, labels=1)(images, torch.zeros(4, dtype=torch.int64))
    assert single.shape == (4,)


def test_the_penalty_is_the_squared_gradient() -> None:
    images = torch.randn(3, 3, 4, 4, requires_grad=True)
    weights = torch.randn(3, 4, 4)
    logits = [(images * weights).sum((1, 2, 3))]
    assert torch.allclose(gradient_penalty(logits, images), weights.square().sum())


def test_projected_heads_stand_on_frozen_mixtures() -> None:
    def features(images: torch.Tensor) -> list[torch.Tensor]:
        pool = torch.nn.functional.avg_pool2d
        return [pool(images, 4), pool(images, 8)]

    discriminator = ProjectedDiscriminator(features, (3, 3), width=4, size=32)
    logits = discriminator(torch.randn(2, 3, 16, 16), torch.tensor([0, 1]))
    assert [tuple(head.shape) for head in logits] == [(2, 4, 4), (2, 4, 4)]
    torch.stack([head.sum() for head in logits]).sum().backward()
    mixtures = [*discriminator.across.parameters(), *discriminator.upwards.parameters()]
    assert all(p.grad is None for p in mixtures)
    assert all(p.grad is not None for p in discriminator.heads.parameters())


def test_the_spread_is_the_deviation_within_each_group() -> None:
    torch.manual_seed(0)
    maps = torch.randn(4, 3, 5, 5, requires_grad=True)
    found = batch_spread(maps, 2)
    wanted = torch.stack(
        [maps[:2].std(0, correction=0).mean(), maps[2:].std(0, correction=0).mean()]
    )
    assert found.shape == (4, 1, 5, 5)
    assert torch.allclose(found[:, 0, 0, 0], wanted.repeat_interleave(2), atol=1e-5)
    (gradient,) = torch.autograd.grad(found.mean(), maps, retain_graph=True)
    (plain,) = torch.autograd.grad(wanted.mean(), maps)
    assert torch.allclose(gradient, plain, atol=1e-5)


def test_a_head_of_groups_hears_of_the_others_and_one_of_single_pictures_does_not() -> None:
    def logits_of_the_first(group: int) -> list[torch.Tensor]:
        torch.manual_seed(0)
        discriminator = ProjectedDiscriminator(
            lambda images: [images], (3,), width=4, size=16, group=group
        ).eval()
        images, labels = torch.randn(4, 3, 16, 16), torch.zeros(4, dtype=torch.int64)
        alike = images[:1].expand(4, -1, -1, -1)
        return [discriminator(shown, labels)[0][0] for shown in (images, alike)]

    different, alike = logits_of_the_first(1)
    assert torch.allclose(different, alike, atol=1e-6)
    different, alike = logits_of_the_first(4)
    assert not torch.allclose(different, alike, atol=1e-3)


def test_turning_by_an_angle_turns_about_the_vertical() -> None:
    quarter = about_vertical(torch.tensor([torch.pi / 2]))[0]
    assert torch.allclose(quarter @ torch.tensor([0.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
    ahead = quarter @ torch.tensor([0.0, 0.0, 1.0])
    assert torch.allclose(ahead, torch.tensor([1.0, 0.0, 0.0]), atol=1e-6)


def test_a_symmetric_primitive_looks_the_same_turned_the_other_way_in_a_mirror() -> None:
    config = replace(TINY, primitives=1, poses="upright", symmetric=True)
    view = square_view(extrinsics_at(torch.tensor([torch.pi / 2]), torch.ones(1), 2.0), config)
    turns, middle = torch.tensor([0.6, -0.6]), torch.tensor([[0.0, -0.15, 0.0]])
    poses = Poses(
        about_vertical(turns), middle.repeat(2, 1), torch.tensor([[0.2, 0.15, 0.4]]).repeat(2, 1)
    )
    torch.manual_seed(0)
    textures = torch.randn(1, 3, 8, 16).repeat(2, 1, 1, 1)
    for wanted in (True, False):
        projected = Controllable3d(replace(config, symmetric=wanted)).project(textures, poses, view)
        there, mirrored = projected.features[0], projected.features[1].flip(-1)
        apart = float((there - mirrored).abs().mean()) / float(there.abs().mean())
        assert (apart < 1e-3) == wanted


def test_the_usual_size_is_the_middle_of_what_is_drawn() -> None:
    kinds = ((3.0, 0.1, 0.2, 0.4), (1.0, 0.3, 0.2, 0.8))
    upright = replace(TINY, poses="upright")
    assert replace(TINY, scale_range=(0.2, 0.4)).usual_size == pytest.approx((0.3, 0.3, 0.3))
    assert upright.usual_size == pytest.approx((0.185, 0.147, 0.3975))
    assert replace(upright, upright_kinds=kinds).usual_size == pytest.approx((0.15, 0.2, 0.5))
