# SPDX-License-Identifier: Apache-2.0
"""Alarms tell what is wrong once, and again after it was well."""

from __future__ import annotations

import pytest

from neural_core.training.alarms import Alarms


def test_a_value_must_stay_sick_for_long() -> None:
    alarms = Alarms(patience=100)
    told = [alarms.check({"spread": 0.0}, 30) for _ in range(6)]
    assert [len(texts) for texts in told] == [0, 0, 0, 1, 0, 0]
    assert "the generator has collapsed" in told[3][0]


def test_a_value_that_recovers_can_alarm_again() -> None:
    alarms = Alarms(patience=50)
    assert alarms.check({"discriminator": 0.0}, 60)
    assert not alarms.check({"discriminator": 2.0}, 60)
    told = [alarms.check({"discriminator": 0.0}, 60) for _ in range(40)]
    assert sum(map(len, told)) == 1


def test_what_is_well_or_not_watched_is_silent() -> None:
    alarms = Alarms(patience=1)
    assert alarms.check({"discriminator": 1.5, "spread": 0.4, "l1": 0.0}, 1000) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -2e6])
def test_what_cannot_recover_stops_the_run(value: float) -> None:
    with pytest.raises(FloatingPointError, match="the loss 'l1' is"):
        Alarms().check({"l1": value}, 1)


def test_a_discriminator_that_has_lost_is_told_of() -> None:
    alarms = Alarms(patience=100)
    apart = {"discriminator": 1.6, "real_logit": 0.4, "fake_logit": -0.3}
    assert not any(alarms.check(apart, 60) for _ in range(4))
    blind = {"discriminator": 2.0, "real_logit": 0.01, "fake_logit": 0.0}
    told = [text for _ in range(60) for text in alarms.check(blind, 60)]
    assert len(told) == 1
    assert "gap" in told[0] and "no more" in told[0]
