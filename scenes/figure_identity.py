# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a figure is: proportions, skin, hair and wardrobe, drawn from its seed. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.plan import Color

PATTERNS = ("plain", "stripes", "pinstripes", "checks", "dots", "blotches", "denim", "knit")


@dataclass(frozen=True)
class Cloth:
    """A fabric: linear RGB of ground and pattern, the pattern's name and its size in metres."""

    color: Color
    second: Color
    pattern: str = "plain"
    size: float = 0.05


@dataclass(frozen=True)
class Garment:
    """A piece of clothing. Lengths are metres on a figure 1.75 m tall; see `figure_clothes`.

    `kind`: shirt | dress | jacket | trousers | skirt | socks | shoes | boots. `hem` is the height
    of the lower edge; `sleeve` the length from the shoulder, 0 for none; `loose` 0 tight, 1 wide.
    """

    kind: str
    class_name: str
    cloth: Cloth
    hem: float = 0.0
    sleeve: float = 0.0
    loose: float = 0.5
    neck: str = "crew"
    pleats: int = 0


@dataclass(frozen=True)
class Identity:
    """A person. `height` in metres; `build` scales widths; `curve` 0 straight .. 1 curvy."""

    seed: int
    height: float
    build: float
    curve: float
    skin: Color
    lips: Color
    eyes: Color
    hair: str
    hair_color: Color
    hair_part: float
    garments: tuple[Garment, ...]

    @property
    def scale(self) -> float:
        """Height over the 1.75 m that all shapes are given for."""
        return self.height / 1.75

    @property
    def stride(self) -> float:
        """How far the feet may be apart as a share of a free stride: long skirts hold back."""
        hems = [g.hem for g in self.garments if g.kind in ("skirt", "dress")]
        return 1.0 if not hems else float(np.clip(0.35 + 1.1 * (min(hems) - 0.2), 0.3, 0.8))


HAIR_STYLES = ("short", "crop", "bob", "long", "bun", "ponytail", "curly", "beanie")
_SKINS = ((0.71, 0.47, 0.36), (0.66, 0.41, 0.29), (0.56, 0.33, 0.22), (0.42, 0.23, 0.14),
          (0.27, 0.135, 0.08), (0.15, 0.072, 0.044), (0.085, 0.042, 0.028))  # fmt: skip
_HAIRS = ((0.008, 0.007, 0.007), (0.025, 0.014, 0.009), (0.07, 0.034, 0.016), (0.16, 0.08, 0.03),
          (0.4, 0.26, 0.11), (0.26, 0.065, 0.02), (0.36, 0.34, 0.32))  # fmt: skip
_EYES = ((0.03, 0.018, 0.01), (0.08, 0.045, 0.02), (0.06, 0.12, 0.2), (0.07, 0.12, 0.06))
_CLOTHS: tuple[Color, ...] = (
    (0.78, 0.77, 0.74), (0.62, 0.57, 0.48), (0.03, 0.03, 0.035), (0.12, 0.12, 0.13),
    (0.33, 0.34, 0.36), (0.02, 0.035, 0.11), (0.05, 0.12, 0.36), (0.2, 0.4, 0.62),
    (0.5, 0.02, 0.03), (0.68, 0.1, 0.06), (0.75, 0.3, 0.06), (0.8, 0.55, 0.09),
    (0.05, 0.2, 0.09), (0.19, 0.24, 0.08), (0.06, 0.34, 0.33), (0.3, 0.06, 0.3),
    (0.74, 0.38, 0.42), (0.45, 0.36, 0.62), (0.33, 0.17, 0.08), (0.16, 0.035, 0.05),
)  # fmt: skip
_DENIMS: tuple[Color, ...] = ((0.03, 0.055, 0.13), (0.08, 0.15, 0.28), (0.2, 0.31, 0.45),
                              (0.02, 0.022, 0.03))  # fmt: skip
_CALM: tuple[Color, ...] = ((0.03, 0.03, 0.035), (0.12, 0.12, 0.13), (0.35, 0.28, 0.18),
                            (0.5, 0.42, 0.3), (0.14, 0.15, 0.08), (0.02, 0.03, 0.08),
                            (0.72, 0.7, 0.66), (0.2, 0.1, 0.06), (0.3, 0.3, 0.31))  # fmt: skip
_SHOES: tuple[Color, ...] = ((0.74, 0.73, 0.7), (0.02, 0.02, 0.022), (0.16, 0.07, 0.03),
                             (0.4, 0.23, 0.11), (0.45, 0.03, 0.03), (0.04, 0.08, 0.25),
                             (0.3, 0.3, 0.3))  # fmt: skip


def identity_of(seed: int) -> Identity:
    """The person with this seed; the same for the same seed."""
    rng = np.random.default_rng([seed, 101])
    curve = float(np.clip(rng.choice([0.1, 0.9]) + rng.normal(0, 0.1), 0, 1))
    height = float(np.clip(rng.normal(1.78 - 0.12 * curve, 0.06), 1.52, 1.95))
    skin = _between(_SKINS, rng)
    blood = np.array([0.62, 0.13, 0.14]) * (0.25 + 0.75 * skin[0])
    paint = 0.3 + 0.4 * curve * float(rng.random())
    styles = [0.34, 0.22, 0.03, 0.06, 0.04, 0.05, 0.13, 0.13] if curve < 0.5 else [
        0.08, 0.04, 0.22, 0.28, 0.12, 0.13, 0.09, 0.04]  # fmt: skip
    hair = str(rng.choice(HAIR_STYLES, p=styles))
    dark = skin[0] < 0.3
    tones = _HAIRS[:3] if dark else _HAIRS
    hair_color = _color(_CLOTHS, rng) if hair == "beanie" else _color(tones, rng)
    return Identity(
        seed=seed,
        height=height,
        build=float(np.clip(rng.normal(1.0, 0.07), 0.88, 1.2)),
        curve=curve,
        skin=skin,
        lips=_mixed(skin, (float(blood[0]), float(blood[1]), float(blood[2])), paint),
        eyes=_EYES[0] if dark else _color(_EYES, rng),
        hair=hair,
        hair_color=hair_color,
        hair_part=float(rng.uniform(-1, 1)),
        garments=tuple(_wardrobe(curve, rng)),
    )


def _wardrobe(curve: float, rng: np.random.Generator) -> list[Garment]:
    """What is worn, the innermost first."""
    worn: list[Garment] = []
    bare_legs = True
    if curve > 0.5 and rng.random() < 0.3:
        hem = float(rng.choice([0.58, 0.68, 0.42, 0.24], p=[0.35, 0.3, 0.2, 0.15]))
        worn.append(_top("dress", hem, rng))
    else:
        low, bare_legs = _bottom(curve, rng)
        worn += [low, _top("shirt", float(rng.uniform(0.86, 0.97)), rng)]
    if rng.random() < 0.33:
        worn.append(_jacket(worn[0].kind == "dress", rng))
    return [*_footwear(bare_legs, rng), *worn]


def _bottom(curve: float, rng: np.random.Generator) -> tuple[Garment, bool]:
    """Trousers, shorts or a skirt, and whether legs show."""
    kind = rng.choice(
        ["jeans", "trousers", "shorts", "skirt"],
        p=[0.38, 0.34, 0.12, 0.16] if curve > 0.5 else [0.45, 0.4, 0.15, 0.0],
    )
    loose = float(rng.choice([0.08, 0.35, 0.8], p=[0.4, 0.4, 0.2]))
    if kind == "jeans":
        tone = _color(_DENIMS, rng)
        cloth = Cloth(tone, _mixed(tone, (0.6, 0.65, 0.7), 0.3), "denim", 0.01)
        return Garment("trousers", "bottom", cloth, 0.085, loose=loose), False
    if kind == "skirt":
        hem = float(rng.choice([0.55, 0.64, 0.44, 0.22], p=[0.4, 0.25, 0.2, 0.15]))
        pleats = int(rng.choice([0, 14, 22]))
        return Garment("skirt", "bottom", _cloth(_CLOTHS, rng), hem, loose=float(rng.random()),
                       pleats=pleats), True  # fmt: skip
    cloth = _cloth(_CALM if rng.random() < 0.75 else _CLOTHS, rng, calm=True)
    if kind == "shorts":
        return Garment("trousers", "bottom", cloth, float(rng.uniform(0.52, 0.66)),
                       loose=max(loose, 0.4)), True  # fmt: skip
    return Garment("trousers", "bottom", cloth, 0.085, loose=loose), False


def _top(kind: str, hem: float, rng: np.random.Generator) -> Garment:
    """A shirt or dress with some neckline and sleeves."""
    sleeve = float(rng.choice([0.0, 0.16, 0.3, 0.54], p=[0.12, 0.4, 0.08, 0.4]))
    necks = ["crew", "v", "turtle", "scoop"]
    shares = [0.45, 0.25, 0.13, 0.17] if sleeve > 0.2 else [0.5, 0.25, 0.0, 0.25]
    neck = str(rng.choice(necks, p=shares))
    loose = float(rng.uniform(0.1, 0.9)) if kind == "shirt" else float(rng.uniform(0.0, 0.35))
    cloth = _cloth(_CLOTHS, rng)
    if neck == "turtle":
        cloth = Cloth(cloth.color, cloth.second, "knit", 0.012)
    pleats = int(rng.choice([0, 9, 13])) if kind == "dress" else 0
    return Garment(kind, "top", cloth, hem, sleeve, loose, neck, pleats)


def _jacket(over_dress: bool, rng: np.random.Generator) -> Garment:
    """An open jacket or coat."""
    hem = float(rng.choice([0.9, 0.82, 0.55], p=[0.45, 0.35, 0.2]))
    cloth = _cloth(_CALM + _DENIMS[:2], rng, calm=True)
    return Garment("jacket", "top", cloth, 0.9 if over_dress else hem, 0.55,
                   float(rng.uniform(0.2, 0.7)), "open")  # fmt: skip


def _footwear(bare_legs: bool, rng: np.random.Generator) -> list[Garment]:
    """Shoes or boots, with socks where they can be seen."""
    tone = _color(_SHOES, rng)
    sole = (0.7, 0.69, 0.66) if rng.random() < 0.45 else (0.03, 0.03, 0.03)
    cloth = Cloth(tone, sole, "sole", 0.024)
    boots = rng.random() < 0.2
    worn = [Garment("boots", "shoes", cloth, 0.25)] if boots else [Garment("shoes", "shoes", cloth)]
    if not boots and rng.random() < (0.7 if bare_legs else 0.35):
        sock = _color(((0.8, 0.8, 0.78), (0.03, 0.03, 0.03), (0.3, 0.3, 0.32)), rng)
        striped = rng.random() < 0.3
        knit = Cloth(sock, _color(_CLOTHS, rng), "stripes" if striped else "knit", 0.03)
        top = float(rng.choice([0.15, 0.22, 0.4], p=[0.45, 0.35, 0.2]))
        worn.insert(0, Garment("socks", "socks", knit, top))
    return worn


def _cloth(tones: tuple[Color, ...], rng: np.random.Generator, calm: bool = False) -> Cloth:
    """A fabric in one of the tones with a second one that stands out from it."""
    shares = [0.7, 0.0, 0.12, 0.12, 0.0, 0.0, 0.0, 0.06] if calm else [
        0.4, 0.15, 0.05, 0.13, 0.1, 0.1, 0.0, 0.07]  # fmt: skip
    pattern = str(rng.choice(PATTERNS, p=shares))
    tone = _color(tones, rng)
    size = {"stripes": rng.uniform(0.03, 0.09), "pinstripes": 0.03, "knit": 0.012,
            "checks": rng.uniform(0.05, 0.11), "dots": rng.uniform(0.035, 0.08),
            "blotches": rng.uniform(0.05, 0.12)}.get(pattern, 0.05)  # fmt: skip
    options = sorted(_CLOTHS, key=lambda c: -abs(sum(c) - sum(tone)))
    other = options[int(rng.integers(8))]
    if calm:
        other = _mixed(tone, (0.7, 0.7, 0.68), 0.3)
    return Cloth(tone, other, pattern, float(size))


def _between(tones: tuple[Color, ...], rng: np.random.Generator) -> Color:
    """A tone on the way along a list."""
    at = float(rng.uniform(0, len(tones) - 1))
    low = min(int(at), len(tones) - 2)
    return _mixed(tones[low], tones[low + 1], at - low)


def _color(tones: tuple[Color, ...], rng: np.random.Generator) -> Color:
    """One of the tones, a little changed."""
    base = np.array(tones[int(rng.integers(len(tones)))])
    r, g, b = np.clip(base * rng.uniform(0.85, 1.18) * rng.uniform(0.93, 1.07, 3), 0.005, 0.85)
    return float(r), float(g), float(b)


def _mixed(a: Color, b: Color, share: float) -> Color:
    x, y, z = np.array(a) * (1 - share) + np.array(b) * share
    return float(x), float(y), float(z)
