# SPDX-License-Identifier: Apache-2.0
import json

from neural_core.commands import doctor as doctor_module

NAMES = {
    "python", "torch", "device", "pytorch3d", "embree", "raster", "models", "network", "files",
    "backend", "blender", "extension",
}  # fmt: skip


def test_it_tells_about_everything(blockout):
    result = blockout("doctor", "--json")
    found = {f["name"]: f for f in result.json["findings"]}
    assert set(found) == NAMES
    for name in ("python", "torch", "device", "raster", "files", "backend", "extension"):
        assert found[name]["ok"], found[name]
    needed = all(f["ok"] for f in found.values() if f["needed"])
    assert result.json["ok"] == needed
    assert result.code == (0 if needed else 1)


def test_what_does_not_work_comes_with_its_fix(blockout, monkeypatch, tmp_path):
    monkeypatch.setenv("BLOCKOUT_BLENDER_PYTHON", str(tmp_path / "nothing"))
    monkeypatch.setenv("BLOCKOUT_ZIP", str(tmp_path / "nothing.zip"))
    damaged = {"name": "mine", "method": "smis", "domain": "street", "size": 8}
    (tmp_path / "mine.json").write_text(json.dumps(damaged))
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    result = blockout("doctor", "--json")
    assert result.code == 1
    found = {f["name"]: f for f in result.json["findings"]}
    for name in ("models", "network", "blender", "extension"):
        assert not found[name]["ok"] and found[name]["detail"] and found[name]["fix"], name
    assert "mine.json" in found["models"]["detail"]


def test_people_get_lines(blockout, monkeypatch):
    monkeypatch.setattr(
        doctor_module,
        "CHECKS",
        (
            doctor_module.check_python,
            lambda: doctor_module.Finding("thing", False, False, "it is away", "Get it"),
        ),
    )
    result = blockout("doctor")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].startswith("ok   python")
    assert lines[1:3] == ["--   thing        it is away", f"     {'':12} fix: Get it"]
    assert lines[-1] == "Everything that is needed works."
