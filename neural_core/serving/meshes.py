# SPDX-License-Identifier: Apache-2.0
"""Meshes that clients have sent, by the hash of their content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import fields

from neural_core.contract import Mesh


class MeshStore:
    """Keeps meshes up to a number of bytes; the least recently used go first. Thread-safe."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._meshes: OrderedDict[str, Mesh] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of all kept meshes."""
        return self._bytes

    def missing(self, keys: Iterable[str]) -> list[str]:
        """The keys that are not here, sorted; those that are count as used."""
        with self._lock:
            wanted = set(keys)
            for key in wanted & self._meshes.keys():
                self._meshes.move_to_end(key)
            return sorted(wanted - self._meshes.keys())

    def add(self, meshes: dict[str, Mesh]) -> None:
        """Keep these, and drop the oldest others where the limit asks for it."""
        with self._lock:
            for key, mesh in meshes.items():
                if key not in self._meshes:
                    self._bytes += mesh_bytes(mesh)
                self._meshes[key] = mesh
                self._meshes.move_to_end(key)
            while self._bytes > self._limit and len(self._meshes) > len(meshes):
                _, dropped = self._meshes.popitem(last=False)
                self._bytes -= mesh_bytes(dropped)

    def take(self, keys: Iterable[str]) -> dict[str, Mesh]:
        """Those of the keys that are here; they count as used."""
        with self._lock:
            found = {key: self._meshes[key] for key in set(keys) if key in self._meshes}
            for key in found:
                self._meshes.move_to_end(key)
            return found


def mesh_bytes(mesh: Mesh) -> int:
    """Bytes of all arrays of a mesh."""
    arrays = (getattr(mesh, entry.name) for entry in fields(mesh))
    return sum(array.nbytes for array in arrays if array is not None)
