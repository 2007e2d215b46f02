# SPDX-License-Identifier: Apache-2.0
"""The folder of a data set: shards, scenes waiting for a shard, and the manifest of both. An
archive of a folder (see `archive`) can be read in its place.

Every file appears by an atomic rename, and what counts is decided by the manifest alone, so a
build that is killed at any moment leaves no half shard and no frame twice:

1. a finished scene is written to ``pending/SEED.npz``;
2. when enough wait, they are written as one shard, which counts only once
3. the manifest names it; then
4. the pending files are removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from neural_core.contract import ContractError, write_atomically

from .archive import Archive, write_archive
from .sample import Sample
from .shards import (
    SHARD_FORMAT,
    PackedShard,
    join_packed,
    load_packed,
    outdated,
    pack_samples,
    packed_from_bytes,
    save_packed,
)

MANIFEST = "manifest.json"
SCENES_PER_SHARD = 16


class DatasetStore:
    """Reads and writes one data-set folder, or reads an archive of one.

    One writer at a time; any number of readers.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._archive = Archive(self.folder) if self.folder.is_file() else None
        self.pending_folder = self.folder / "pending"

    def manifest(self) -> dict[str, Any]:
        """``{"format": ..., "recipe": {...}, "shards": {file: [seeds]}}``.

        Raises:
            ContractError: there is none, it is damaged, or the folder is of another format.
        """
        path = self.folder / MANIFEST
        try:
            found = json.loads(self._read(MANIFEST))
        except FileNotFoundError as error:
            raise ContractError(
                str(self.folder), "there is no data set here", "Build one: blockout dataset street"
            ) from error
        except ValueError as error:
            raise ContractError(
                str(path), "the manifest is damaged", "Delete the folder and build again"
            ) from error
        if found.get("format", 1) != SHARD_FORMAT:
            raise outdated(str(self.folder), found.get("format", 1))
        return found

    def create(self, recipe: dict[str, Any]) -> None:
        """Start the folder, or go on with one of the same recipe; leftovers of a kill are removed.

        Raises:
            ContractError: the folder holds a data set with another recipe, or is an archive.
        """
        if self._archive:
            raise ContractError(
                str(self.folder), "it is an archive", "Unpack it first: blockout dataset unpack"
            )
        if not (self.folder / MANIFEST).exists():
            self._write_manifest({"format": SHARD_FORMAT, "recipe": recipe, "shards": {}})
        found = self.manifest()["recipe"]
        if found != recipe:
            keys = sorted(k for k in {*found, *recipe} if found.get(k) != recipe.get(k))
            raise ContractError(
                str(self.folder),
                f"it holds a data set that differs in {', '.join(keys)}",
                "Choose another --out, or delete the folder",
            )
        self.pending_folder.mkdir(exist_ok=True)
        self._clean()

    def pending_seeds(self) -> list[int]:
        """Seeds of finished scenes that wait for a shard, ascending."""
        return sorted(int(path.stem) for path in self.pending_folder.glob("*.npz"))

    def done_seeds(self) -> set[int]:
        """Seeds of all finished scenes."""
        packed = self.manifest()["shards"].values()
        return {seed for seeds in packed for seed in seeds} | set(self.pending_seeds())

    def add_scene(self, seed: int, samples: Sequence[Sample]) -> None:
        """Keep the frames of one finished scene."""
        save_packed(pack_samples(samples), self._pending(seed))

    def pack(self, *, rest: bool = False) -> int:
        """Move waiting scenes into shards (``rest``: a last, smaller one too); return how many."""
        made = 0
        waiting = self.pending_seeds()
        while len(waiting) >= SCENES_PER_SHARD or (rest and waiting):
            seeds, waiting = waiting[:SCENES_PER_SHARD], waiting[SCENES_PER_SHARD:]
            self._pack_one(seeds)
            made += 1
        return made

    def shard_paths(self) -> list[Path]:
        """Files of finished shards, in order."""
        return [self.folder / name for name in sorted(self.manifest()["shards"])]

    def export(self, out: Path) -> tuple[int, int]:
        """Write the finished data set as one archive; return its bytes and how many frames it has.

        Raises:
            ContractError: it is an archive already, it is empty, or scenes wait for a shard.
        """
        shards = self.manifest()["shards"]
        if self._archive:
            raise ContractError(str(self.folder), "it is an archive already", "Copy the file")
        if not shards or self.pending_seeds():
            raise ContractError(
                str(self.folder),
                "the data set is not finished",
                "Run the same blockout dataset command again, then pack",
            )
        frames = sum(len(load_packed(path)) for path in self.shard_paths())
        return write_archive(self.folder, shards, Path(out)), frames

    def stream(self) -> Iterator[PackedShard]:
        """Everything there is, one shard in memory at a time; the folder should be at rest."""
        for name in self._names():
            yield self._load(name)

    def load_all(self) -> list[PackedShard]:
        """Everything there is now, scenes that still wait included; the folder may be growing."""
        for _ in range(10):
            try:
                return list(self.stream())
            except FileNotFoundError:
                continue  # A waiting scene has just moved into a shard: look again.
        raise ContractError(str(self.folder), "files vanish while they are read", "Try again")

    def _names(self) -> list[str]:
        """Files of shards, then of scenes that wait, relative to the folder."""
        # In this order: a scene that moves meanwhile is then missed as a file, not altogether.
        waiting = self.pending_seeds()
        shards = self.manifest()["shards"]
        packed = {seed for seeds in shards.values() for seed in seeds}
        return [*sorted(shards), *(f"pending/{seed}.npz" for seed in waiting if seed not in packed)]

    def _load(self, name: str) -> PackedShard:
        return packed_from_bytes(self._read(name), str(self.folder / name))

    def _read(self, name: str) -> bytes:
        if self._archive:
            return self._archive.read(name)
        return (self.folder / name).read_bytes()

    def _pack_one(self, seeds: Sequence[int]) -> None:
        manifest = self.manifest()
        name = f"shard-{len(manifest['shards']):05d}.npz"
        shard = join_packed([load_packed(self._pending(seed)) for seed in seeds])
        save_packed(shard, self.folder / name)
        manifest["shards"][name] = list(seeds)
        self._write_manifest(manifest)
        for seed in seeds:
            self._pending(seed).unlink()

    def _clean(self) -> None:
        shards = self.manifest()["shards"]
        packed = {seed for seeds in shards.values() for seed in seeds}
        for path in self.folder.glob("shard-*.npz"):
            if path.name not in shards:
                path.unlink()
        for seed in self.pending_seeds():
            if seed in packed:
                self._pending(seed).unlink()
        for path in [*self.folder.glob(".*.part"), *self.pending_folder.glob(".*.part")]:
            path.unlink()

    def _pending(self, seed: int) -> Path:
        return self.pending_folder / f"{seed}.npz"

    def _write_manifest(self, manifest: dict[str, Any]) -> None:
        write_atomically(self.folder / MANIFEST, json.dumps(manifest, indent=1).encode())
