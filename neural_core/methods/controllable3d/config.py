# SPDX-License-Identifier: Apache-2.0
"""Sizes and choices of controllable3d, and their presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from neural_core.contract import ContractError

PRIMITIVE_KINDS = ("point", "cuboid", "sphere")
POSE_BRANCHES = ("learned", "upright")
PAINTER_INPUTS = {"features": 0, "features+alpha+depth": 2, "features+place": 3}
"""What the 2D generator may see, and channels of it that are no features."""

Range = tuple[float, float]

KIND_SPREAD = 0.04
"""Share by which the sizes of bodies of one kind differ from the kind's, each way."""

_CAR_KINDS = (
    (0.112, 0.189, 0.133, 0.428), (0.105, 0.190, 0.121, 0.413), (0.105, 0.184, 0.136, 0.379),
    (0.100, 0.195, 0.160, 0.414), (0.094, 0.188, 0.133, 0.451), (0.085, 0.198, 0.106, 0.409),
    (0.080, 0.195, 0.158, 0.439), (0.077, 0.195, 0.165, 0.489), (0.069, 0.201, 0.191, 0.483),
    (0.062, 0.169, 0.138, 0.315), (0.055, 0.173, 0.130, 0.404), (0.055, 0.193, 0.182, 0.407),
)  # fmt: skip
"""Middles of twelve clusters (k-means) of the boxes of more than 500 cars of `cars_one`."""


@dataclass(frozen=True)
class Controllable3dConfig:
    """Everything that decides the architecture.

    Lengths are in model units: the cameras stand ``radius`` = 2 units from the middle.

    Attributes:
        size: width and height of the pictures in pixels.
        primitive: point (a cloud in a cuboid), cuboid or sphere (textured meshes).
        primitives: foreground primitives of a scene in training.
        latent: length of a code; its first half drives the poses (or the mood of the whole scene,
            where poses are given), its second half the features.
        background: a sphere seen from inside; without it the background is white.
        points, point_channels: points of a cloud and what each carries.
        texture_code, texture_width, texture_channels: the texture decoder's input, inner channels
            and output.
        texture_size, background_texture_size: height and width of the textures.
        width, background_width: channels of the 2D generators at full resolution.
        residual: share of a styled block's change that is added; codes act through it.
        painter_inputs: what the 2D generator sees: "features" (the authors' code),
            "features+alpha+depth" (the paper's text) or "features+place" (where on the primitive
            each pixel lies).
        symmetric: primitives are the same on both sides of their X axis, as cars are; otherwise
            a lit and a dark side become paint. Cuboids and spheres only.
        poses: "learned" from the latent (the paper), or "upright": drawn at random on the ground,
            turned about the vertical, in sizes between ``upright_size``.
        upright_size: smallest and largest half width (X), height (Y) and length (Z).
        upright_kinds: share, half width, height and length of the kinds of bodies, each within
            `KIND_SPREAD`; none: any sizes within ``upright_size``. Width, height and length go
            together: drawn one by one they would ask for bodies that no picture shows.
        upright_reach: how far from the middle they stand.
        scale_range: learned half sizes. reach: learned translations lie within +-reach.
        enlargement: of the mesh beyond the pose's half sizes.
        polar_range: v of the camera's angle from the up axis, arccos(1 - 2 v).
        softness: sigma of the soft silhouettes, in PyTorch3D's NDC, squared.
        point_origin: image position of the middle of pixel 0 for splats: 0 in the authors' code,
            0.5 everywhere else.
        metres: length of a model unit in Blender.
        lift: by how many half heights an object is raised over its box when it is drawn, because
            what was learned sits that much lower in its box than real objects do in theirs.
        start_gain: of the 2D generators' first weights; the authors' 0.02 makes a slow start.
        classes: palette names of what a primitive may be; empty = anything.
    """

    size: int = 64
    primitive: str = "point"
    primitives: int = 3
    latent: int = 128
    background: bool = True
    points: int = 32
    point_channels: int = 3
    texture_code: int = 128
    texture_width: int = 64
    texture_channels: int = 8
    texture_size: tuple[int, int] = (64, 128)
    background_texture_size: tuple[int, int] = (128, 256)
    width: int = 128
    background_width: int = 128
    residual: float = 0.1
    painter_inputs: str = "features"
    symmetric: bool = False
    poses: str = "learned"
    upright_size: tuple[Range, Range, Range] = ((0.165, 0.205), (0.104, 0.19), (0.295, 0.5))
    upright_kinds: tuple[tuple[float, float, float, float], ...] = ()
    upright_reach: float = 0.3
    scale_range: Range = (0.1, 0.6)
    reach: float = 1.0
    enlargement: float = 1.0
    radius: float = 2.0
    polar_range: Range = (0.15, 0.371)
    near: float = 0.1
    far: float = 4.0
    softness: float = 1e-3
    point_origin: float = 0.5
    metres: float = 5.5
    lift: float = 0.0
    start_gain: float = 0.02
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in (
            ("primitive", PRIMITIVE_KINDS),
            ("poses", POSE_BRANCHES),
            ("painter_inputs", tuple(PAINTER_INPUTS)),
        ):
            if getattr(self, name) not in allowed:
                raise ContractError(
                    f"config.{name}", f"'{getattr(self, name)}' is unknown", f"Use one of {allowed}"
                )

    @property
    def usual_size(self) -> tuple[float, float, float]:
        """Half width (X), height (Y) and length (Z) of a usual primitive, in model units."""
        if self.poses != "upright":
            side = sum(self.scale_range) / 2
            return side, side, side
        if not self.upright_kinds:
            width, height, length = (sum(ends) / 2 for ends in self.upright_size)
            return width, height, length
        shares, *sides = zip(*self.upright_kinds, strict=True)
        width, height, length = (
            sum(share * side for share, side in zip(shares, each, strict=True)) / sum(shares)
            for each in sides
        )
        return width, height, length

    @property
    def feature_channels(self) -> int:
        """Channels that a projected primitive has."""
        return self.point_channels if self.primitive == "point" else self.texture_channels

    @property
    def slots(self) -> int:
        """Primitives that have parameters of their own; drawn poses are all alike: 1."""
        return self.primitives if self.poses == "learned" else 1

    @property
    def painter_channels(self) -> int:
        """Channels that the 2D generator takes in."""
        return self.feature_channels + PAINTER_INPUTS[self.painter_inputs]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a card or a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Controllable3dConfig:
        """Inverse of `to_dict`; lists become tuples.

        Raises:
            ContractError: a name that the configuration does not have.
        """
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ContractError(
                "config", f"'{min(unknown)}' is unknown", "Update blockout-render, or the model"
            )
        return cls(**{name: _tuples(value) for name, value in values.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


def _authors(primitive: str, background: bool) -> Controllable3dConfig:
    """The authors' sizes. Their templates: a cube and a sphere, both drawn 1.5 times as large.

    The softness is the one that comes nearest to their soft cuboids (mean difference of alpha 0.03)
    and to the hard silhouettes of their meshes.
    """
    shape = {
        "point": {"softness": 3e-3},
        "cuboid": {"texture_size": (64, 128), "enlargement": 1.125, "softness": 1e-4},
        "sphere": {"texture_size": (32, 64), "enlargement": 1.5, "softness": 1e-4},
    }[primitive]
    return Controllable3dConfig(
        primitive=primitive, background=background, point_origin=0.0, **shape
    )


PRESETS: dict[str, Controllable3dConfig] = {
    "authors-car": _authors("point", True),
    "authors-point": _authors("point", False),
    "authors-cuboid": _authors("cuboid", False),
    "authors-sphere": _authors("sphere", False),
    "cars-64": Controllable3dConfig(
        primitive="cuboid",
        primitives=1,
        poses="upright",
        width=64,
        background_width=32,
        painter_inputs="features+place",
        symmetric=True,
        upright_size=((0.165, 0.207), (0.103, 0.202), (0.294, 0.516)),
        upright_kinds=_CAR_KINDS,
        residual=0.4,
        texture_code=64,
        texture_width=32,
        texture_size=(32, 64),
        background_texture_size=(64, 128),
        enlargement=1.15,
        start_gain=1.0,
        classes=("car",),
    ),
}
