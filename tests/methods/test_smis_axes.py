# SPDX-License-Identifier: Apache-2.0
import numpy as np

from neural_core.contract import SceneObject
from neural_core.methods.smis.axes import along_y

CAR = 26


def item(box: list[list[float]], scale: tuple[float, float, float] = (1, 1, 1)) -> SceneObject:
    matrix = np.eye(4)
    matrix[:3, :3] = [[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]]
    matrix[:3, :3] = matrix[:3, :3] @ np.diag(scale)
    matrix[:3, 3] = [3, 4, 5]
    return SceneObject("thing", CAR, 1, "cuboid", matrix, np.array(box, float))


def corners(thing: SceneObject) -> set[tuple[float, ...]]:
    """World corners, rounded."""
    low, high = thing.box
    unit = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    local = low + unit * (high - low)
    world = local @ thing.matrix_world[:3, :3].T + thing.matrix_world[:3, 3]
    return {tuple(point) for point in world.round(6)}


def test_a_box_along_x_is_renamed_and_stays_where_it_is() -> None:
    old = item([[-1, -0.5, 0], [3, 1.5, 1]])
    (new,) = along_y([old], {CAR})
    assert corners(new) == corners(old)
    lengths = new.box[1] - new.box[0]
    assert np.allclose(lengths, [2, 4, 1])
    # What was ahead along +X is ahead along +Y now, and the axes are still right-handed.
    assert np.allclose(new.matrix_world[:3, 1], old.matrix_world[:3, 0])
    assert np.linalg.det(new.matrix_world[:3, :3]) > 0


def test_the_scale_counts() -> None:
    long = item([[-1, -1, -1], [1, 1, 1]], (4, 2, 1))
    assert along_y([long], {CAR})[0] is not long
    right = item([[-1, -1, -1], [1, 1, 1]], (2, 4, 1))
    assert along_y([right], {CAR})[0] is right


def test_other_classes_keep_their_axes() -> None:
    old = item([[-3, -1, 0], [3, 1, 1]])
    assert along_y([old], {27})[0] is old
