# SPDX-License-Identifier: Apache-2.0
"""Alarms: a run that cannot recover is stopped, one that looks sick is told of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

LARGEST = 1e6

# A rule names a value of the log, the level under which it is sick, and what that means.
_RULES = {
    "discriminator": (
        0.02,
        "the discriminator wins: the generator learns nothing from it any more",
    ),
    "gap": (
        0.03,
        "the discriminator tells reals from fakes no more: give it a higher learning rate, "
        "or less weight in the generator's loss",
    ),
    "spread": (0.02, "all codes give the same picture: the generator has collapsed"),
}


@dataclass
class Alarms:
    """Watches the values that a task logs.

    ``discriminator`` is its loss, ``gap`` the distance of its ``real_logit`` from its
    ``fake_logit``; ``spread`` is how far apart two codes draw the same scene, over how far apart
    two reals are. Each is smoothed, and told once whenever it has been sick for
    ``patience`` images.
    """

    patience: int = 2000
    _means: dict[str, float] = field(default_factory=dict)
    _sick_for: dict[str, int] = field(default_factory=dict)

    def check(self, logs: Mapping[str, float], images: int) -> list[str]:
        """One sentence for each alarm that begins; ``images`` passed since the last call.

        Raises:
            FloatingPointError: a value is not a number, or beyond all bounds.
        """
        for name, value in logs.items():
            if not math.isfinite(value) or abs(value) > LARGEST:
                raise FloatingPointError(
                    f"the loss '{name}' is {value}: resume from the "
                    "last checkpoint with a lower learning rate"
                )
        watched = dict(logs)
        if {"real_logit", "fake_logit"} <= logs.keys():
            watched["gap"] = logs["real_logit"] - logs["fake_logit"]
        return [
            text
            for name in _RULES.keys() & watched.keys()
            if (text := self._watch(name, watched[name], images))
        ]

    def _watch(self, name: str, value: float, images: int) -> str | None:
        level, meaning = _RULES[name]
        mean = self._means[name] = 0.9 * self._means.get(name, value) + 0.1 * value
        if mean >= level:
            self._sick_for[name] = 0
            return None
        before = self._sick_for.get(name, 0)
        now = self._sick_for[name] = before + images
        if before < self.patience <= now:
            return f"{name} has been below {level} for {now:,} images: {meaning}"
        return None
