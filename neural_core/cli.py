# SPDX-License-Identifier: Apache-2.0
"""The command ``blockout``."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from . import __version__
from .allocator import keep_freed_memory
from .blender import BlenderError
from .commands.annotate import annotate
from .commands.bench import bench
from .commands.dataset_files import datasets
from .commands.doctor import doctor
from .commands.evaluate import evaluate
from .commands.export import export
from .commands.model_grid import write_model_grid
from .commands.model_runs import export_model, settle_model, write_model_card
from .commands.models import models
from .commands.render import render
from .commands.scene import scene
from .commands.serve import serve
from .commands.style import style
from .commands.train import train
from .contract import ContractError

# Newer typer carries its own copy of click; either way its errors share this base.
UsageProblem: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
ENGINE_SPEAKS = "Blockout: "  # how the render engine begins what it tells a user
RUNS_NETWORKS = frozenset({"render", "serve", "train", "evaluate", "bench"})
GOOD, INTERNAL, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="blockout",
    help="Block out a scene in Blender; get the picture.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.command()(render)
app.command()(export)
app.command()(scene)
app.command()(annotate)
app.command()(serve)
app.command()(doctor)
app.add_typer(datasets, name="dataset")
models.command("export")(export_model)
models.command("settle")(settle_model)
models.command("card")(write_model_card)
models.command("grid")(write_model_grid)
app.add_typer(models, name="models")
app.add_typer(style, name="style")
app.add_typer(train, name="train")
app.add_typer(evaluate, name="evaluate")
app.add_typer(bench, name="bench")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="The version.")
    ] = False,
) -> None:
    """Block out a scene in Blender; get the picture."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code. Bad input is one sentence on stderr and code 2."""

    def command() -> int | None:
        return app(args=None if arguments is None else list(arguments), standalone_mode=False)

    return guarded(command)


def guarded(action: Callable[[], int | None]) -> int:
    """Run an action and return its exit code; what it raises is told in one sentence."""
    try:
        result = action()
    except (KeyboardInterrupt, typer.Abort):
        return _fail("stopped", INTERRUPTED)
    except UsageProblem as error:
        return _fail(error.format_message(), BAD_INPUT)
    except ContractError as error:
        return _fail(str(error), BAD_INPUT)
    except BlenderError as error:
        if error.what.startswith(ENGINE_SPEAKS):
            return _fail(error.what.removeprefix(ENGINE_SPEAKS), BAD_INPUT)
        return _fail(f"{error.what}. Set BLOCKOUT_DEBUG=1 to see all that Blender wrote", INTERNAL)
    except OSError as error:
        return _fail(_of_system(error), BAD_INPUT)
    except Exception as error:
        return _fail(
            f"{type(error).__name__}: {error}. This is a fault of Blockout: set BLOCKOUT_DEBUG=1, "
            "run the command again and report what it prints",
            INTERNAL,
        )
    if result == INTERRUPTED:  # Typer turns Ctrl+C into this exit code.
        return _fail("stopped", INTERRUPTED)
    return result if isinstance(result, int) else GOOD


def main() -> None:
    """Entry point of the program: the process is its own."""
    if RUNS_NETWORKS & set(sys.argv[1:2]):
        keep_freed_memory()
    sys.exit(run())


def _fail(text: str, code: int) -> int:
    if os.environ.get("BLOCKOUT_DEBUG") and code != INTERRUPTED:
        traceback.print_exc()
    print(f"blockout: {text}", file=sys.stderr, flush=True)
    return code


def _of_system(error: OSError) -> str:
    """One sentence about an error of the operating system."""
    place = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{place}the disk is full. Free some space, or choose another --out"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{place}no permission. Choose another folder, or change its rights"
    if error.errno == errno.ENOENT:
        return f"{place}there is no such file. Check the path"
    return f"{place}{error.strerror or error}"


if __name__ == "__main__":
    main()
