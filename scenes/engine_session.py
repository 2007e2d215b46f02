# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo street in a Blender that is told what to do, one JSON object per line.

    {"do": "open", "seed": 7, "size": [256, 256], "pipeline": "smis", "save": "street.blend"}
    {"do": "move", "turn": 35, "by": [1.0, 0.0]}   the car in front: degrees; metres to the right
                                                   and away, as the camera sees it
    {"do": "orbit", "turn": 25, "rise": 1.0}       the camera, round that car and up
    {"do": "back"}                                   car and camera as they were
    {"do": "render", "seed": 3, "object_colours": true, "png": "a.png", "exr": "a.exr"}

Each is answered with one object; a failed one with {"error": "..."}. Pictures are made by the
extension's own render engine.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix, Vector

from scenes import street
from scenes.demo_file import make_ready
from scenes.export_frames import enable_extension, extension_module
from scenes.worker import private_output


@dataclass
class Session:
    """The open street: its scene, the car in front, and where car and camera were at first."""

    scene: bpy.types.Scene
    car: bpy.types.Object
    car_matrix: Matrix
    camera_matrix: Matrix


def open_street(job: dict[str, Any]) -> Session:
    """Build the demo street, set up for the engine; save it where the job says."""
    enable_extension()
    built = street.demo(int(job.get("seed", street.DEMO_SEED)))
    scene = built.scene
    width, height = job["size"]
    make_ready(scene, (width, height), job["pipeline"])
    car = front_car(scene)
    if job.get("save"):
        bpy.ops.wm.save_as_mainfile(filepath=str(Path(job["save"]).resolve()), compress=True)
    return Session(scene, car, car.matrix_world.copy(), scene.camera.matrix_world.copy())


def front_car(scene: bpy.types.Scene) -> bpy.types.Object:
    """The box of class car that fills most of the picture."""
    matrix = scene.camera.matrix_world.inverted()
    reach = scene.camera.data.sensor_width / (2 * scene.camera.data.lens)
    cars = []
    for thing in scene.objects:
        if thing.get("class_name") != "car" or not thing.name.endswith(".box"):
            continue
        place = matrix @ thing.matrix_world.translation
        depth = -place.z
        if depth > 1 and abs(place.x) < 0.8 * reach * depth:
            cars.append((depth + 2 * abs(place.x), thing))
    if not cars:
        raise RuntimeError("the demo view shows no car")
    return min(cars, key=lambda entry: entry[0])[1]


def move(session: Session, job: dict[str, Any]) -> None:
    """Turn the car in place and shift it, from where it was at first."""
    start = session.car_matrix
    middle = Matrix.Translation(start.translation)
    turn = Matrix.Rotation(_radians(job.get("turn", 0)), 4, "Z")
    shift = Matrix.Translation(_level(session.camera_matrix, *job.get("by", (0, 0))))
    session.car.matrix_world = shift @ middle @ turn @ middle.inverted() @ start


def orbit(session: Session, job: dict[str, Any]) -> None:
    """Carry the camera round the car and up, still looking at what it looked at."""
    start = session.camera_matrix
    middle = session.car_matrix.translation
    turn = Matrix.Rotation(_radians(job.get("turn", 0)), 4, "Z")
    around = Matrix.Translation(middle) @ turn @ Matrix.Translation(-middle) @ start
    eye = around.translation + Vector((0, 0, float(job.get("rise", 0))))
    distance = (start.translation - middle).length
    target = around.translation + around.to_3x3() @ Vector((0, 0, -distance))
    rotation = (eye - target).to_track_quat("Z", "Y")
    session.scene.camera.matrix_world = Matrix.LocRotScale(eye, rotation, None)


def back(session: Session, _job: dict[str, Any]) -> None:
    """Car and camera as they were at first."""
    session.car.matrix_world = session.car_matrix
    session.scene.camera.matrix_world = session.camera_matrix


CHANGES = {"move": move, "orbit": orbit, "back": back}


def render(session: Session, job: dict[str, Any]) -> dict[str, Any]:
    """One picture by the engine; returns what it cost."""
    scene = session.scene
    settings = scene.render.image_settings
    scene.blockout.seed = int(job.get("seed", 0))
    scene.blockout.use_tint = bool(job.get("object_colours", True))
    if "size" in job:
        scene.render.resolution_x, scene.render.resolution_y = job["size"]
    compat = extension_module("compat")
    # A picture may be read while this one is made: it appears under its name when it is whole.
    target = Path(job["png"])
    part = target.with_name(f".{target.stem}.part.png")
    compat.set_png(settings)
    scene.render.filepath = str(part)
    start = time.perf_counter()
    bpy.ops.render.render(write_still=True, scene=scene.name)
    seconds = time.perf_counter() - start
    part.replace(target)
    last = extension_module("engine.final").last_render()
    if job.get("exr"):
        _save_exr(scene, Path(job["exr"]), compat)
    return {
        "png": str(target),
        "seconds": seconds,
        "total_ms": last.total_ms,
        "stages_ms": last.stages_ms,
        "bytes_sent": last.traffic.bytes_sent,
        "mesh_bytes_sent": last.traffic.mesh_bytes_sent,
        "bytes_received": last.traffic.bytes_received,
    }


def _save_exr(scene: bpy.types.Scene, target: Path, compat: Any) -> None:
    """The same picture again, as a multilayer EXR with its passes."""
    part = target.with_name(f".{target.stem}.part.exr")
    compat.set_multilayer_exr(scene.render.image_settings)
    scene.render.filepath = str(part)
    bpy.ops.render.render(write_still=True, scene=scene.name)
    compat.set_png(scene.render.image_settings)
    part.replace(target)


def _level(camera: Matrix, right: float, away: float) -> Vector:
    """A level shift in the world from one as the camera sees it (metres)."""
    forward = -camera.to_3x3().col[2]
    forward.z = 0
    forward.normalize()
    return forward * away + Vector((forward.y, -forward.x, 0)) * right


def _radians(degrees: float) -> float:
    return float(degrees) * 3.141592653589793 / 180


def serve() -> int:
    """Do what standard input says until it ends; 1 if anything failed."""
    answers = private_output()
    session: Session | None = None
    failed = 0
    for line in sys.stdin:
        start = time.perf_counter()
        reply: dict[str, Any] = {}
        try:
            job = json.loads(line)
            if job["do"] == "open":
                session = open_street(job)
                reply["car"] = session.car.name
            elif session is None:
                raise RuntimeError("no street is open")
            elif job["do"] == "render":
                reply = render(session, job)
            else:
                CHANGES[job["do"]](session, job)
        except Exception as error:  # told to whoever asked; the next job may do better
            failed = 1
            # Blender repeats in its report what the engine said: once is enough.
            lines = str(error).strip().removeprefix("Error: ").splitlines()
            reply = {"error": lines[0] if lines else type(error).__name__}
        reply.setdefault("seconds", time.perf_counter() - start)
        print(json.dumps(reply), file=answers, flush=True)
    return failed


if __name__ == "__main__":
    code = serve()
    sys.stdout.flush()
    os._exit(code)  # a plain exit can hang in Blender's module
