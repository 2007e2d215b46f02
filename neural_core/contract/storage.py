# SPDX-License-Identifier: Apache-2.0
"""File and wire form: one ``.npz`` with a JSON header and arrays beside it, never a pickle.

Frame: ``frame.json`` + ``objects.npy`` (see `object_table`) + ``keypoints.npy`` +
``meshes/<key>/<array>.npy`` + ``passes/<name>.npy`` + ``references/<index>/…``.
Rendering: ``rendering.json`` + ``image.npy`` + ``passes/…`` + ``layers/<index>/…`` +
``textures/…``.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .controls import (
    Reference,
    Style,
    controls_from_plain,
    controls_to_plain,
    style_from_plain,
    style_to_plain,
)
from .errors import ContractError
from .frame import (
    CONTRACT_VERSION,
    PASS_LAYOUT,
    Camera,
    Frame,
    Light,
    Mesh,
    Passes,
)
from .object_table import mesh_keys, pack_objects, unpack_objects
from .palette import Palette, SemanticClass
from .rendering import Layer, Rendering
from .validation import validate_frame, validate_mesh

MESH_ARRAYS = tuple(f.name for f in fields(Mesh))
_JSON = "frame.json"
_RENDERING_JSON = "rendering.json"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,  # an entry that claims to be encrypted
    OSError,
    SyntaxError,  # numpy parses an array's header as a Python literal
    MemoryError,
)


def frame_to_bytes(frame: Frame, *, compress: bool = False) -> bytes:
    """The Frame as the bytes of an ``.npz``."""
    header, arrays = _layout(frame)
    header.update(
        scene=frame.scene, number=frame.number, controls=controls_to_plain(frame.controls)
    )
    header["references"] = sorted(frame.references)
    for key, mesh in frame.meshes.items():
        arrays.update(_mesh_arrays(key, mesh))
    if frame.passes is not None:
        arrays.update(_pass_arrays(frame.passes))
    for index, name in enumerate(header["references"]):
        arrays.update(_reference_arrays(index, frame.references[name]))
    return _pack({_JSON: header}, arrays, compress)


def frame_from_bytes(data: bytes, meshes: dict[str, Mesh] | None = None) -> Frame:
    """Read and validate a Frame; ``meshes`` supplies those that were sent before.

    Raises:
        ContractError: the data is damaged, or a field is not what the contract says.
    """
    headers, arrays = _unpack(data, "frame")
    header = headers.get(_JSON)
    if header is None:
        raise ContractError("frame", "frame.json is missing", "Write frames with save_frame")
    own = _meshes(arrays)
    frame = _frame_from_header(header, arrays)
    known = {**(meshes or {}), **own}
    wanted = {o.mesh for o in frame.objects if o.mesh is not None}
    frame = replace(
        frame,
        meshes={key: mesh for key, mesh in known.items() if key in wanted},
        passes=_passes(arrays),
    )
    validate_frame(frame)
    return frame


def save_frame(frame: Frame, path: str | Path) -> None:
    """Write the Frame to ``path`` (``.npz``), first under a temporary name."""
    write_atomically(Path(path), frame_to_bytes(frame, compress=True))


def load_frame(path: str | Path) -> Frame:
    """Read a Frame from ``path``. Raises ContractError, or OSError when the file cannot be read."""
    return frame_from_bytes(Path(path).read_bytes())


def save_style(style: Style, path: str | Path) -> None:
    """Write a style as ``.json``, first under a temporary name."""
    write_atomically(Path(path), (json.dumps(style_to_plain(style)) + "\n").encode())


def load_style(path: str | Path) -> Style:
    """Read a style. Raises ContractError, or OSError when the file cannot be read."""
    try:
        data = json.loads(Path(path).read_text())
    except ValueError as error:
        raise ContractError(str(path), "it is no style", "Write one: blockout style") from error
    return style_from_plain(data)


def meshes_to_bytes(meshes: dict[str, Mesh]) -> bytes:
    """Several meshes as the bytes of an ``.npz``."""
    arrays: dict[str, NDArray[Any]] = {}
    for key, mesh in meshes.items():
        arrays.update(_mesh_arrays(key, mesh))
    return _pack({}, arrays, False)


def meshes_from_bytes(data: bytes) -> dict[str, Mesh]:
    """Read and validate meshes; keys are checked against the content."""
    _, arrays = _unpack(data, "meshes")
    meshes = _meshes(arrays)
    for key, mesh in meshes.items():
        validate_mesh(f"meshes[{key}]", mesh)
        if mesh.key() != key:
            raise ContractError(f"meshes[{key}]", "the content has another hash", "Send it again")
    return meshes


def mesh_keys_of(data: bytes) -> set[str]:
    """Keys of the meshes that the layout of a packed Frame refers to."""
    headers, _ = _unpack(data, "frame", arrays=False)
    try:
        return mesh_keys(_table(headers.get(_JSON)))
    except (KeyError, TypeError) as error:
        raise ContractError("objects", str(error), "Write frames with save_frame") from error


def rendering_to_bytes(rendering: Rendering) -> bytes:
    """The Rendering as the bytes of an ``.npz``."""
    arrays: dict[str, NDArray[Any]] = {"image": rendering.image}
    if rendering.passes is not None:
        arrays.update(_pass_arrays(rendering.passes))
    for index, layer in enumerate(rendering.layers):
        arrays[f"layers/{index}/rgba"] = layer.rgba
        arrays[f"layers/{index}/depth"] = layer.depth
    for name, texture in rendering.textures.items():
        arrays[f"textures/{name}"] = texture
    header = {
        "version": CONTRACT_VERSION,
        "layers": [{"name": x.name, "instance_id": x.instance_id} for x in rendering.layers],
        "timings": rendering.timings,
        "recipe": rendering.recipe,
        "warnings": rendering.warnings,
    }
    return _pack({_RENDERING_JSON: header}, arrays, False)


def rendering_from_bytes(data: bytes) -> Rendering:
    """Read a Rendering. Raises ContractError when the data is damaged."""
    headers, arrays = _unpack(data, "rendering")
    header = headers.get(_RENDERING_JSON)
    if header is None or "image" not in arrays:
        raise ContractError("rendering", "the picture is missing", "Render again")
    textures = {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith("textures/")}
    try:
        return Rendering(
            image=arrays["image"],
            passes=_passes(arrays),
            layers=tuple(_layer(i, entry, arrays) for i, entry in enumerate(header["layers"])),
            textures=textures,
            timings=header["timings"],
            recipe=header["recipe"],
            warnings=tuple(header.get("warnings", ())),
        )
    except (KeyError, TypeError) as error:
        raise ContractError("rendering", f"a part is missing ({error})", "Render again") from error


def _layer(index: int, entry: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Layer:
    rgba, depth = (arrays[f"layers/{index}/{name}"] for name in ("rgba", "depth"))
    return Layer(entry["name"], entry["instance_id"], rgba, depth)


def layout_digest(frame: Frame) -> str:
    """SHA-256 of what is where: size, camera, objects, lights, palette (no controls)."""
    header, arrays = _layout(frame)
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name beside ``path``, then rename; nothing half is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _layout(frame: Frame) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of what is where; meshes are named only."""
    texts, arrays = pack_objects(frame.objects)
    header = {
        "version": frame.version,
        "width": frame.width,
        "height": frame.height,
        "camera": _plain(frame.camera),
        "palette": {
            "name": frame.palette.name,
            "background_id": frame.palette.background_id,
            "classes": [_plain(c) for c in frame.palette.classes],
        },
        "objects": texts,
        "lights": [_plain(x) for x in frame.lights],
    }
    return header, arrays


def _reference_arrays(index: int, reference: Reference) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {f"references/{index}/image": reference.image}
    if reference.semantic is not None:
        arrays[f"references/{index}/semantic"] = reference.semantic
    return arrays


def _references(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> dict[str, Reference]:
    return {
        str(name): Reference(
            arrays[f"references/{index}/image"], arrays.get(f"references/{index}/semantic")
        )
        for index, name in enumerate(header.get("references", []))
    }


def _plain(item: Any) -> dict[str, Any]:
    """A flat dataclass as JSON values; arrays become nested lists."""
    out: dict[str, Any] = {}
    for entry in fields(item):
        value = getattr(item, entry.name)
        out[entry.name] = value.tolist() if isinstance(value, np.ndarray) else value
    return out


def _frame_from_header(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Frame:
    version = _table(header).get("version")
    if version != CONTRACT_VERSION:
        raise ContractError(
            "version",
            f"the frame has contract version {version}, this side has {CONTRACT_VERSION}",
            "Install the extension and the backend of the same Blockout version",
        )
    try:
        palette = header["palette"]
        return Frame(
            width=int(header["width"]),
            height=int(header["height"]),
            scene=str(header["scene"]),
            number=int(header["number"]),
            camera=_camera(header["camera"]),
            palette=Palette(
                palette["name"],
                tuple(_semantic_class(c) for c in palette["classes"]),
                int(palette["background_id"]),
            ),
            objects=unpack_objects(header, arrays),
            lights=tuple(_light(x) for x in header["lights"]),
            controls=controls_from_plain(header["controls"]),
            references=_references(header, arrays),
        )
    except KeyError as error:
        raise ContractError(str(error.args[0]), "the field is missing", "Add it") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, ContractError):
            raise
        raise ContractError("frame.json", str(error), "Write frames with save_frame") from error


def _table(header: Any) -> dict[str, Any]:
    if not isinstance(header, dict):
        raise ContractError("frame.json", "it is not a table", "Write frames with save_frame")
    return header


def _camera(data: dict[str, Any]) -> Camera:
    numbers = {name: float(data[name]) for name in ("fx", "fy", "cx", "cy", "near", "far")}
    pose = np.array(data["camera_to_world"], np.float64)
    return Camera(**{**data, **numbers, "camera_to_world": pose})


def _semantic_class(data: dict[str, Any]) -> SemanticClass:
    return SemanticClass(
        int(data["id"]), str(data["name"]), tuple(data["color"]), tuple(data["keywords"])
    )


def _light(data: dict[str, Any]) -> Light:
    return Light(
        **{
            **data,
            **{name: float(data[name]) for name in ("energy", "spot_angle", "spot_blend")},
            "matrix_world": np.array(data["matrix_world"], np.float64),
            "color": _floats(data["color"], 3),
            "size": _floats(data["size"], 2),
        }
    )


def _floats(values: Any, count: int) -> Any:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != count:
        raise ValueError(f"{values} are not {count} numbers")
    return numbers


def _mesh_arrays(key: str, mesh: Mesh) -> dict[str, NDArray[Any]]:
    arrays = {f"meshes/{key}/{name}": getattr(mesh, name) for name in MESH_ARRAYS}
    return {name: array for name, array in arrays.items() if array is not None}


def _meshes(arrays: dict[str, NDArray[Any]]) -> dict[str, Mesh]:
    parts: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        if name.startswith("meshes/"):
            try:
                _, key, part = name.split("/")
            except ValueError as error:
                raise ContractError(name, "not a mesh array", "Write with save_frame") from error
            if part not in MESH_ARRAYS:
                raise ContractError(name, "unknown mesh array", f"Use {MESH_ARRAYS}")
            parts.setdefault(key, {})[part] = array
    for key, entry in parts.items():
        for required in ("vertices", "faces"):
            if required not in entry:
                raise ContractError(f"meshes[{key}].{required}", "it is missing", "Send it")
    return {key: Mesh(**entry) for key, entry in parts.items()}  # type: ignore[arg-type]


def _pass_arrays(passes: Passes) -> dict[str, NDArray[Any]]:
    return {f"passes/{name}": getattr(passes, name) for name in PASS_LAYOUT}


def _passes(arrays: dict[str, NDArray[Any]]) -> Passes | None:
    found = {name: arrays[f"passes/{name}"] for name in PASS_LAYOUT if f"passes/{name}" in arrays}
    if not found:
        return None
    missing = sorted(set(PASS_LAYOUT) - set(found))
    if missing:
        raise ContractError(f"passes.{missing[0]}", "it is missing", "Send all passes or none")
    return Passes(**found)


def _pack(headers: dict[str, Any], arrays: dict[str, NDArray[Any]], compress: bool) -> bytes:
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, header in headers.items():
            archive.writestr(_entry(name, method), json.dumps(header))
        for name, array in arrays.items():
            archive.writestr(_entry(f"{name}.npy", method), _npy(array))
    return buffer.getvalue()


def _npy(array: NDArray[Any]) -> bytes:
    """The array as an ``.npy``, copied once."""
    array = np.ascontiguousarray(array)
    if array.dtype.hasobject:
        raise ValueError("arrays of Python objects are not stored")
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    return b"".join((head.getvalue(), array.data))


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    """A zip entry with a fixed date, so that equal content gives equal bytes."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = method
    return info


def _unpack(
    data: bytes, what: str, *, arrays: bool = True
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    headers: dict[str, Any] = {}
    found: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    headers[name] = json.loads(archive.read(name))
                elif name.endswith(".npy") and arrays:
                    part = io.BytesIO(archive.read(name))
                    found[name[:-4]] = np.lib.format.read_array(part, allow_pickle=False)
    except _DAMAGE as error:
        raise ContractError(
            what, f"the data is damaged ({error})", "Write or send it again"
        ) from error
    return headers, found
