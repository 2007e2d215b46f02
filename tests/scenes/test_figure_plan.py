# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as plain data: identities, poses, meshes and cameras, without Blender."""

from __future__ import annotations

import numpy as np
import pytest

from neural_core.contract.palettes import FIGURE
from scenes import figure_body, figure_clothes, figure_pose
from scenes.figure_body import BONES, Body, body_of
from scenes.figure_identity import identity_of
from scenes.figure_parts import CLASS_IDS, FigurePlan, figure_plan
from scenes.figure_views import choose
from scenes.implicit import Blob, clipped, distance, hemmed, surface, vector

SEEDS = (0, 1, 20, 23)


@pytest.fixture(scope="module")
def plan() -> FigurePlan:
    """One figure, made anew."""
    return figure_plan.__wrapped__(20)


@pytest.fixture(scope="module", params=SEEDS)
def body(request: pytest.FixtureRequest) -> Body:
    """Bodies of some people."""
    return body_of(identity_of(request.param))


def poses(body: Body, each: int = 4) -> list[figure_pose.Pose]:
    """Some poses of every kind."""
    rng = np.random.default_rng(5)
    return [
        figure_pose.random_pose(body, kind, rng) for kind in figure_pose.KINDS for _ in range(each)
    ]


def test_a_seed_is_a_person() -> None:
    people = [identity_of(seed) for seed in range(200)]
    assert people[7] == identity_of(7)
    assert len({p.garments for p in people}) == len(people)
    assert len({p.hair for p in people}) >= 7
    assert {g.kind for p in people for g in p.garments} == {
        "shirt", "dress", "jacket", "trousers", "skirt", "socks", "shoes", "boots",
    }  # fmt: skip
    for person in people:
        assert 1.5 < person.height < 2.0
        assert {"top", "shoes"} <= {g.class_name for g in person.garments} <= set(CLASS_IDS)


def test_classes_are_those_of_the_palette() -> None:
    assert {c.name: c.id for c in FIGURE.classes} == CLASS_IDS


def test_joints_stay_within_their_limits(body: Body) -> None:
    for pose in poses(body):
        for joint, bend in figure_pose.angles(body, pose).items():
            low, high = figure_pose.LIMITS[joint.split("_")[0]]
            assert low <= bend <= high, (pose.kind, joint)


def test_bones_hang_together(body: Body) -> None:
    parents = dict(BONES)
    for pose in poses(body):
        for name, matrix in pose.bones.items():
            turn = matrix[:3, :3]
            assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-9)
            if parents[name]:
                joint = body.bones[name][0]
                gap = pose.moved(name, joint) - pose.moved(parents[name], joint)
                assert np.linalg.norm(gap) < 0.004, (pose.kind, name)


def test_both_feet_touch_the_ground(body: Body) -> None:
    for pose in poses(body):
        for side in ("l", "r"):
            ankle = body.bones[f"foot_{side}"][0]
            sole = [
                pose.moved(f"foot_{side}", np.array([ankle[0], ankle[1] + y * body.scale, 0.0]))[2]
                for y in (0.06, -0.165)
            ]
            assert abs(min(sole)) < 0.006, pose.kind


def test_elbows_and_knees_bend_the_right_way(body: Body) -> None:
    for pose in poses(body):
        heading = pose.bones["hips"][:3, :3] @ [0.0, -1.0, 0.0]
        points = dict(
            zip(
                [k[0] for k in figure_pose.KEYPOINTS],
                figure_pose.keypoints(body, pose),
                strict=True,
            )
        )
        for side in ("left", "right"):
            hip, knee, ankle = (points[f"{side}_{n}"] for n in ("hip", "knee", "ankle"))
            assert (knee - (hip + ankle) / 2) @ heading > -1e-3


def test_keypoints_are_left_and_right(body: Body) -> None:
    places = figure_pose.keypoints(body, figure_pose.rest_pose())
    names = [name for name, _, _ in figure_pose.KEYPOINTS]
    assert len(names) == 18 and names[0] == "nose" and names[17] == "neck"
    for name, place in zip(names, places, strict=True):
        assert np.sign(place[0]) == {"l": 1, "r": -1}.get(
            name.split("_")[0][0] if "_" in name else "", 0
        )


def test_parts_are_sound(plan: FigurePlan) -> None:
    assert {p.class_name for p in plan.parts} <= set(CLASS_IDS)
    for part in plan.parts:
        shape = part.geometry
        assert np.isfinite(shape.verts).all()
        assert shape.faces[:, :3].min() >= 0 and shape.faces.max() < len(shape.verts)
        assert shape.verts[:, 2].min() > -0.02
        total = sum(part.weights.values())
        assert np.allclose(total, 1.0, atol=1e-6), part.name
        assert part.cloth.shape == shape.verts.shape
    assert sum(p.geometry.triangles for p in plan.parts) < 140_000


def test_both_forms_have_the_same_classes(plan: FigurePlan) -> None:
    assert {b.class_name for b in plan.blocks} == plan.classes
    assert {b.bone for b in plan.blocks} <= {name for name, _ in BONES}


def test_same_seed_gives_the_same_figure(plan: FigurePlan) -> None:
    again = figure_plan.__wrapped__(20)
    for a, b in zip(plan.parts, again.parts, strict=True):
        assert np.array_equal(a.geometry.verts, b.geometry.verts) and a.name == b.name


def test_cameras_hold_the_figure(body: Body) -> None:
    views, more = choose(body, 6), choose(body, 9)
    for view, same in zip(views, more, strict=False):
        assert np.array_equal(view.camera_to_world, same.camera_to_world)
        assert all(np.array_equal(view.pose.bones[n], same.pose.bones[n]) for n, _ in BONES)
        inverse = np.linalg.inv(view.camera_to_world)
        head = inverse @ np.append(figure_pose.keypoints(body, view.pose)[0], 1.0)
        assert head[2] < -0.5
        assert np.abs(head[:2] / -head[2]).max() < 18.0 / view.lens
        assert view.camera_to_world[2, 3] > 0.2


def test_surface_of_a_ball_is_closed_round_and_outward() -> None:
    ball = surface([Blob(vector(0, 0, 0), vector(0.3, 0.3, 0.3))], 0.03, rounds=0)
    assert np.allclose(np.linalg.norm(ball.verts, axis=1), 0.3, atol=0.006)
    a, b, c = (ball.verts[ball.faces[:, i]] for i in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + c) > 0).all()
    edges = np.stack([ball.faces, np.roll(ball.faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    assert len(np.unique(edges, axis=0)) == len(edges)
    assert set(map(tuple, edges)) == set(map(tuple, edges[:, ::-1]))


def test_a_cut_is_clean_and_its_hem_has_thickness() -> None:
    ball = surface([Blob(vector(0, 0, 0), vector(0.3, 0.3, 0.3))], 0.03)
    half = clipped(ball, ball.verts[:, 2] - 0.05)
    assert half.verts[:, 2].min() == pytest.approx(0.05, abs=1e-9)
    hem = hemmed(half, 0.02)
    assert len(hem.faces) > len(half.faces)
    assert np.linalg.norm(hem.verts[len(half.verts) :], axis=1).max() < 0.3 - 0.01


def test_necklines_leave_the_shoulders_covered() -> None:
    worn = 0
    for seed in range(24):
        body = body_of(identity_of(seed))
        half = figure_body.shoulder_half(body.identity)
        x = np.linspace(0.7 * half, half, 12)
        top = np.array([_height(body, float(place)) for place in x])
        for garment in body.identity.garments:
            if garment.kind in ("shirt", "dress", "jacket") and garment.sleeve >= 0.05:
                worn += 1
                at = np.column_stack([x, np.full(12, 0.01), top])
                assert (figure_clothes.kept(body, garment, at) > 0).all(), (seed, garment.neck)
    assert worn > 20


def _height(body: Body, x: float) -> float:
    """Height of the bare shoulder's top at a distance from the middle (metres at 1.75 m)."""
    z = np.linspace(1.4, 1.55, 76)
    points = np.column_stack([np.full(76, x), np.full(76, 0.01), z])
    return float(z[distance(body.flesh(), points) < 0].max())
