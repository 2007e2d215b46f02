# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neural_core import __version__
from neural_core.cli import run

COMMANDS = [
    ["render"], ["export"], ["dataset"], ["dataset", "pack"], ["dataset", "unpack"], ["scene"],
    ["annotate"], ["serve"], ["doctor"], ["models", "list"], ["models", "show"],
    ["models", "import"], ["models", "export"], ["models", "card"], ["train", "smis"],
    ["train", "segmenter"], ["evaluate", "smis"], ["bench", "raster"], ["bench", "frame"],
    ["bench", "smis"], ["bench", "groups"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_has_an_example(blockout, command):
    result = blockout(*command, "--help")
    assert result.code == 0
    text = " ".join(result.out.split())
    assert f"Example: blockout {' '.join(command)}" in text


def test_the_program_tells_its_version_and_commands(blockout):
    assert blockout("--version").out.strip() == __version__
    text = blockout("--help").out
    for name in (
        "render",
        "export",
        "dataset",
        "annotate",
        "serve",
        "doctor",
        "models",
        "train",
        "evaluate",
        "bench",
    ):
        assert name in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rendr"], "No such command 'rendr'"),
        (["render", "--sed", "3"], "No such option"),
        (["render", "--seed", "x", "a.npz"], "Invalid value for '--seed'"),
        (["render"], "source: there is none"),
        (["render", "nowhere.blend"], "nowhere.blend: there is no such file"),
        (["render", __file__], "neither a .blend nor a .npz"),
        (["export", "nowhere.npz"], "there is no such file"),
        (["dataset", "moon"], "scene: 'moon' is unknown"),
        (["dataset", "street", "--count", "0"], "count: 0 is out of range"),
        (["models", "show", "nix"], "'nix' is not installed"),
        (["models", "card", "nix"], "'nix' is not installed"),
        (["models", "export", "nix", "m", "--domain", "street"], "there is no checkpoint"),
        (["train", "smis", "--data", "nowhere", "--out", "x"], "there is no data set here"),
        (["train", "segmenter", "--data", "nowhere", "--out", "x"], "there is no data set here"),
        (["evaluate", "smis", "--data", "nowhere"], "there is no data set here"),
        (["evaluate", "smis", "--data", "x", "--form", "clay"], "form: 'clay' is unknown"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(blockout, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in blockout(*arguments).sentence()


def test_debug_shows_where(blockout, monkeypatch):
    monkeypatch.setenv("BLOCKOUT_DEBUG", "1")
    result = blockout("render", "nowhere.blend")
    assert result.code == 2 and "Traceback" in result.err


def test_a_fault_of_ours_is_no_traceback_either(blockout, frame_file, monkeypatch):
    from neural_core.pipeline import Pipeline

    def fail(*_):
        raise KeyError("oops")

    monkeypatch.setattr(Pipeline, "render", fail)
    result = blockout("render", frame_file, "--pipeline", "classes", "--out", frame_file.parent)
    assert result.code == 1
    assert "fault of Blockout" in result.err and "Traceback" not in result.err


def test_ctrl_c_stops_with_130(blockout, frame_file, monkeypatch):
    from neural_core.pipeline import Pipeline

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Pipeline, "render", stop)
    result = blockout("render", frame_file, "--pipeline", "classes", "--out", frame_file.parent)
    assert (result.code, result.err.strip()) == (130, "blockout: stopped")


def test_it_runs_as_a_module_and_help_loads_no_torch():
    code = (
        "import sys; from neural_core.cli import run; code = run(['--help']);"
        "sys.exit(code or 'torch' in sys.modules or 'bpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "neural_core.cli", "render", "nowhere.npz"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1


def test_port_taken_is_told(blockout, capfd):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        capfd.readouterr()
        code = run(["serve", "--port", str(taken.getsockname()[1])])
    err = capfd.readouterr().err
    assert code == 2 and "cannot be used" in err and "Traceback" not in err
