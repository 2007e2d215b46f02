# SPDX-License-Identifier: GPL-3.0-or-later
"""Armatures with a marker bone per keypoint become points with keypoints in the Frame."""

from __future__ import annotations


def test_keypoints(blender) -> None:
    seen = blender.run("check_keypoints")
    assert seen["names"] == ["car", "person"]  # a rig that lacks markers is no figure
    assert seen["primitive"] == "point" and seen["class"] == 0
    assert seen["dtype"] == "float32"
    assert seen["error"] < 1e-5
    assert seen["moved"] > 0.1, "the pose must reach the frame"
    assert seen["ids"] == sorted(set(seen["ids"]))
    assert seen["hidden"] == ["car"]
