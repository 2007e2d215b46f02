# SPDX-License-Identifier: Apache-2.0
"""``blockout dataset pack`` and ``unpack``: a finished data set as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .dataset import dataset
from .output import JsonFlag, print_json

BUILD = "build"


class FamilyGroup(TyperGroup):
    """``dataset street`` stands for ``dataset build street``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``build`` before what is no command."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = [BUILD, *args]
        return super().parse_args(ctx, args)


datasets = typer.Typer(
    cls=FamilyGroup,
    no_args_is_help=True,
    help="Render data sets; pack a finished one into one file.\n\n"
    "A family's name alone builds it.\n\n"
    "Example: blockout dataset street --count 3200 --size 128 --workers 2 --out data/street",
)
datasets.command(BUILD)(dataset)


@datasets.command()
def pack(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished data set.")],
    out: Annotated[Path, typer.Option(help="The archive, .tar.")],
    as_json: JsonFlag = False,
) -> None:
    """Write a data set into one archive, which `train` and `annotate` take in a folder's place.

    Example: blockout dataset pack data/street --out street.tar
    """
    from neural_core.data.store import DatasetStore

    size, frames = DatasetStore(folder).export(out)
    per_frame = round(size / frames)
    if as_json:
        print_json({"out": str(out), "bytes": size, "frames": frames, "bytes_per_frame": per_frame})
        return
    print(f"{out}: {frames} frames, {size / 1e6:.1f} MB, {per_frame / 1000:.1f} kB a frame")


@datasets.command()
def unpack(
    archive: Annotated[Path, typer.Argument(help="An archive written by `pack`.")],
    out: Annotated[Path, typer.Option(help="The new folder.")],
) -> None:
    """Make a folder of an archive, to build on.

    Example: blockout dataset unpack street.tar --out data/street
    """
    from neural_core.data.archive import Archive, extract_archive

    extract_archive(Archive(archive), out)
    print(out)
