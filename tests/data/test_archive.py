# SPDX-License-Identifier: Apache-2.0
import tarfile

import pytest
from data_doubles import RECIPE, make_sample

from neural_core.contract import ContractError
from neural_core.data import archive as archive_module
from neural_core.data import store as store_module
from neural_core.data.archive import Archive, extract_archive
from neural_core.data.store import DatasetStore


@pytest.fixture
def store(tmp_path, monkeypatch) -> DatasetStore:
    monkeypatch.setattr(store_module, "SCENES_PER_SHARD", 2)
    store = DatasetStore(tmp_path / "set")
    store.create(RECIPE)
    for seed in (1, 2, 3):
        store.add_scene(seed, [make_sample(seed, camera) for camera in range(2)])
    store.pack(rest=True)
    (tmp_path / "set" / "card.json").write_text("{}")
    (tmp_path / "set" / "failures.jsonl").write_text("not for others")
    return store


def test_an_archive_holds_the_set_and_is_read_in_place(store, tmp_path):
    size, frames = store.export(tmp_path / "set.tar")
    assert (size, frames) == ((tmp_path / "set.tar").stat().st_size, 6)
    with tarfile.open(tmp_path / "set.tar") as tar:
        assert tar.getnames() == [
            "manifest.json", "card.json", "shard-00000.npz", "shard-00001.npz",
        ]  # fmt: skip
    packed = DatasetStore(tmp_path / "set.tar")
    assert packed.manifest() == store.manifest()
    assert [s.seeds.tolist() for s in packed.stream()] == [[1, 1, 2, 2], [3, 3]]
    assert packed.load_all()[0].pictures == store.load_all()[0].pictures


def test_the_same_set_gives_the_same_bytes(store, tmp_path):
    store.export(tmp_path / "a.tar")
    for path in store.folder.glob("*.npz"):
        path.touch()
    store.export(tmp_path / "b.tar")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_a_set_that_travelled_can_be_built_on(store, tmp_path):
    store.export(tmp_path / "set.tar")
    extract_archive(Archive(tmp_path / "set.tar"), tmp_path / "there")
    other = DatasetStore(tmp_path / "there")
    other.create(RECIPE)
    assert other.done_seeds() == {1, 2, 3}
    for path in store.shard_paths():
        assert (tmp_path / "there" / path.name).read_bytes() == path.read_bytes()


def test_a_full_disk_leaves_no_half_archive(store, tmp_path, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_module.tarfile.TarFile, "addfile", fail)
    with pytest.raises(OSError, match="No space"):
        store.export(tmp_path / "set.tar")
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_what_cannot_be_packed_is_told(store, tmp_path):
    store.export(tmp_path / "set.tar")
    with pytest.raises(ContractError, match="it is an archive already"):
        DatasetStore(tmp_path / "set.tar").export(tmp_path / "again.tar")
    with pytest.raises(ContractError, match="Unpack it first"):
        DatasetStore(tmp_path / "set.tar").create(RECIPE)
    store.add_scene(4, [make_sample(4, 0)])
    with pytest.raises(ContractError, match="not finished"):
        store.export(tmp_path / "more.tar")


def test_bad_archives_are_told(store, tmp_path):
    (tmp_path / "text.tar").write_text("hello " * 500)
    with pytest.raises(ContractError, match="no archive of a data set"):
        DatasetStore(tmp_path / "text.tar")
    store.export(tmp_path / "set.tar")
    whole = (tmp_path / "set.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ContractError):
        list(DatasetStore(tmp_path / "cut.tar").stream())
    with pytest.raises(ContractError, match="it exists"):
        extract_archive(Archive(tmp_path / "set.tar"), store.folder)
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("../evil"))
    with pytest.raises(ContractError, match="not a shard's name"):
        extract_archive(Archive(tmp_path / "evil.tar"), tmp_path / "x")
    assert not (tmp_path / "x").exists() and not (tmp_path / "evil").exists()
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("readme"))
    with pytest.raises(ContractError, match="no data set here"):
        DatasetStore(tmp_path / "other.tar").manifest()
