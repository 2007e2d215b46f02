# SPDX-License-Identifier: Apache-2.0
"""Whole or not at all."""

import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from annotation_scenes import street
from PIL import Image

from neural_core.contract import ROOM, ContractError
from neural_core.data.annotations import (
    FORMATS,
    AnnotationFolder,
    Shot,
    parse_formats,
    write_annotations,
)  # fmt: skip
from neural_core.data.annotations.folder import STAGING

EVERY = [name for name in FORMATS if name != "hdf5"]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def frame():
    return street()


def test_all_formats_at_once(frame, tmp_path):
    picture = np.full((56, 80, 3), 77, np.uint8)
    seen = []
    summary = write_annotations(
        [Shot("a", frame, picture=picture), Shot("b", frame, picture=picture)],
        tmp_path / "out", EVERY, on_frame=lambda: seen.append(1),
    )  # fmt: skip
    assert summary.frames == 2 and len(seen) == 2 and summary.instances > 5
    assert sorted(p.name for p in summary.entries) == names_in(tmp_path / "out")
    assert set(names_in(tmp_path / "out")) == {
        "all.txt", "classes.txt", "coco", "data.yaml", "images", "kitti", "kitti_level", "labels",
        "panoptic",
    }  # fmt: skip
    with Image.open(tmp_path / "out" / "images" / "b.png") as written:
        assert np.array_equal(np.asarray(written), picture)


def test_equal_frames_give_equal_bytes(frame, tmp_path):
    for name in ("one", "two"):
        write_annotations([Shot("a", frame)], tmp_path / name, EVERY)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_frames_without_passes_are_rasterised(frame, tmp_path):
    write_annotations([Shot("a", frame)], tmp_path / "one", EVERY)
    write_annotations([Shot("a", replace(frame, passes=None))], tmp_path / "two", EVERY)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_failure_leaves_the_folder_as_it_was(frame, tmp_path):
    write_annotations([Shot("a", frame)], tmp_path, ["coco", "yolo"])
    before = files(tmp_path)

    def shots():
        yield Shot("b", frame)
        raise RuntimeError("the scene broke")

    with pytest.raises(RuntimeError, match="broke"):
        write_annotations(shots(), tmp_path, ["coco", "yolo"])
    assert files(tmp_path) == before


def test_new_labels_take_the_place_of_old_ones(frame, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_annotations([Shot("a", frame), Shot("b", frame)], tmp_path, ["kitti", "coco"])
    write_annotations([Shot("c", frame)], tmp_path, ["kitti"])
    assert names_in(tmp_path / "kitti" / "label_2") == ["c.txt"]
    assert (tmp_path / "coco" / "instances.json").is_file()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_kill_leaves_nothing_half_and_the_next_run_cleans_up(frame, tmp_path):
    program = textwrap.dedent(
        """
        import sys, time
        sys.path.insert(0, sys.argv[1])
        from annotation_scenes import street
        from neural_core.data.annotations import AnnotationFolder, Shot
        frame = street()
        with AnnotationFolder(sys.argv[2], ["coco", "panoptic", "kitti", "yolo"]) as annotations:
            for index in range(10**6):
                annotations.add(Shot(f"n{index}", frame))
                print(index, flush=True)
        """
    )
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(out)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline().strip() != "2":
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert names_in(out) == [STAGING]
    write_annotations([Shot("a", frame)], out, ["coco"])
    assert names_in(out) == ["coco"]
    assert names_in(out / "coco") == ["instances.json"]


def test_documents_are_not_kept_in_memory(frame, tmp_path):
    """What is waiting to be written lies on the disk."""
    with AnnotationFolder(tmp_path, ["coco"]) as annotations:
        for index in range(60):
            annotations.add(Shot(f"n{index}", frame, "train"))
        (spool,) = (tmp_path / STAGING / "coco").glob("*annotations.part")
        assert spool.stat().st_size > 20_000


@pytest.mark.parametrize(
    ("names", "words"),
    [(["a", "a"], "comes twice"), (["a/b"], "no name for a file"), ([""], "no name"),
     ([], "at least one frame")],
)  # fmt: skip
def test_names_are_checked(frame, tmp_path, names, words):
    with pytest.raises(ContractError, match=words):
        write_annotations([Shot(name, frame) for name in names], tmp_path, ["yolo"])
    assert not list(tmp_path.iterdir())


def test_one_palette_a_folder(frame, tmp_path):
    other = replace(frame, palette=ROOM, objects=())
    with pytest.raises(ContractError, match="palette of the frames before"):
        write_annotations([Shot("a", frame), Shot("b", other)], tmp_path, ["coco"])


def test_passes_that_show_a_stranger_are_refused(frame, tmp_path):
    strange = replace(frame, objects=frame.objects[:3])
    with pytest.raises(ContractError, match="not in the layout"):
        write_annotations([Shot("a", strange)], tmp_path, ["coco"])


def test_format_lists():
    assert parse_formats(" coco, yolo,coco ") == ("coco", "yolo")
    with pytest.raises(ContractError, match="'voc' is unknown"):
        parse_formats("coco,voc")
    with pytest.raises(ContractError, match="there is none"):
        parse_formats(",")
