"""What can go wrong with a SQLite file, and that nothing is half written when it does."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from attrs import evolve

from campaignflow.errors import StoreError
from campaignflow.stores import Head, NewRow, SqliteStore, open_store

HEAD = Head(0, "city", 0, b"", None, "f00d")


def create(store: SqliteStore, campaign: str = "city") -> Head:
    with store.unit() as unit:
        head = unit.create(evolve(HEAD, id=campaign))
    assert head is not None
    return head


def append(store: SqliteStore, head: Head, seq: int, leaf: bytes = b"leaf") -> Head:
    moved = evolve(head, version=seq)
    with store.unit() as unit:
        assert unit.append(head.number, [NewRow(seq, leaf)])
        unit.save(moved)
    return moved


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "drive.db"


def test_reopened_it_is_as_it_was(path: Path) -> None:
    with_url = f"sqlite:///{path}"
    store = open_store(with_url)
    head = create(store)
    append(store, head, 1)
    before = list(store.dump())
    store.close()
    store.close()
    again = open_store(with_url)
    assert list(again.dump()) == before
    assert again.url == with_url


def test_commits_are_synced_and_the_wal_has_its_length_from_the_start(path: Path) -> None:
    store = SqliteStore(path)
    wal = Path(f"{path}-wal")
    length = wal.stat().st_size
    assert length > 4_000_000
    head = create(store)
    for seq in range(1, 20):
        head = append(store, head, seq)
    assert wal.stat().st_size == length
    assert path.stat().st_size < 1_000_000
    store.close()
    assert not wal.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("drive.db", "sqlite:///drive.db"),
        ("postgresql://localhost/x", "'postgresql' is no kind of store"),
        ("sqlite://drive.db", "three slashes"),
        ("sqlite:///x.db?mode=rw", "no option of a store"),
        ("sqlite:////nowhere/at/all/x.db", "cannot be opened"),
    ],
)
def test_a_url_that_names_no_store_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words.replace("?", r"\?")):
        open_store(url)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"minutes of the kick-off meeting\n" * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        SqliteStore(path)
    assert path.read_bytes() == b"minutes of the kick-off meeting\n" * 100


def test_another_applications_database_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE accounts (id)")
    other.close()
    with pytest.raises(StoreError, match=r"something else.*accounts"):
        SqliteStore(path)


def test_a_newer_schema_is_refused(path: Path) -> None:
    SqliteStore(path).close()
    raw = apsw.Connection(str(path))
    raw.execute("UPDATE about SET value = 99 WHERE name = 'schema'")
    raw.close()
    with pytest.raises(StoreError, match=r"newer campaignflow \(schema 99"):
        SqliteStore(path)


def test_read_only_reads_and_refuses_to_write(path: Path) -> None:
    store = SqliteStore(path)
    head = append(store, create(store), 1)
    store.close()
    reader = open_store(f"sqlite:///{path}?mode=ro")
    before = list(reader.dump())
    with pytest.raises(StoreError, match="read-only"):
        append(reader, head, 2)
    assert list(reader.dump()) == before
    reader.close()


def test_reading_only_makes_no_file(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{path}?mode=ro")
    assert not path.exists()


def test_a_file_without_write_permission_is_read_only() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are shut to other users
        path = Path(folder, "drive.db")
        store = SqliteStore(path)
        head = append(store, create(store), 1)
        store.close()
        path.chmod(0o444)
        Path(folder).chmod(0o777)

        def try_to_write() -> None:
            if os.getuid() == 0:
                os.setuid(65534)  # root may write whatever the file says
            store = SqliteStore(path)
            assert store.head("city") == head
            with pytest.raises(StoreError, match="read-only"):
                append(store, head, 2)

        assert in_child(try_to_write) == 0


def test_a_full_file_is_a_store_error_with_nothing_half_written(path: Path) -> None:
    store = SqliteStore(path, max_pages=60)
    head = create(store)
    before: list[object] = []
    with pytest.raises(StoreError, match="full"):
        for seq in range(1, 500):
            before = list(store.dump())
            head = append(store, head, seq, b"x" * 3000)
    assert len(before) > 10
    assert list(store.dump()) == before
    append(store, head, head.version + 1, b"small")


def test_a_unit_that_failed_once_is_never_committed(path: Path) -> None:
    store = SqliteStore(path, max_pages=60)
    head = create(store)
    before = list(store.dump())
    with pytest.raises(StoreError, match="has failed before"), store.unit() as unit:
        unit.append(head.number, [NewRow(1, b"first")])
        with pytest.raises(StoreError, match="full"):
            unit.put_blob(b"sha", b"x" * 400_000)
        with pytest.raises(StoreError, match="has failed before"):
            unit.put_blob(b"sha", b"small")
    assert list(store.dump()) == before
    append(store, head, 1)


def test_a_disk_that_refuses_to_grow_leaves_nothing_half_written(path: Path) -> None:
    SqliteStore(path).close()

    def fill() -> None:
        store = SqliteStore(path)
        head = create(store)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_300_000, resource.RLIM_INFINITY))
        before: list[object] = []
        with pytest.raises(StoreError, match="nothing was written"):
            for seq in range(1, 100):
                before = list(store.dump())
                head = append(store, head, seq, os.urandom(900_000))
        assert list(store.dump()) == before
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        append(store, head, head.version + 1)
        store.close()

    assert in_child(fill) == 0


def test_a_lock_held_too_long_is_a_store_error(path: Path) -> None:
    store = SqliteStore(path, timeout=0.1)
    head = create(store)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another process"):
        append(store, head, 1)
    assert store.head("city") == head
    other.execute("ROLLBACK")
    append(store, head, 1)
    other.close()


def test_threads_share_a_store(path: Path) -> None:
    store = SqliteStore(path)
    head = create(store)

    def work() -> None:
        for _ in range(20):
            with store.unit() as unit:
                now = unit.head("city")
                assert now is not None
                unit.append(now.number, [NewRow(now.version + 1, b"x")])
                unit.save(evolve(now, version=now.version + 1))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.seq for row in store.log(head.number)] == list(range(1, 81))


def test_a_thread_waits_no_longer_than_its_timeout(path: Path) -> None:
    store = SqliteStore(path, timeout=0.05)
    entered, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.unit():
            entered.set()
            release.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(5)
    with pytest.raises(StoreError, match="locked by another thread"):
        store.head("city")
    release.set()
    thread.join()


def in_child(work: Callable[[], object]) -> int:
    """Run a function in a forked child; 0 when it came through."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


def test_a_forked_child_opens_its_own_connection(path: Path) -> None:
    store = SqliteStore(path)
    head = append(store, create(store), 1)

    assert in_child(lambda: append(store, head, 2)) == 0
    now = store.head("city")
    assert now is not None
    assert now.version == 2
    append(store, now, 3)


def test_a_store_in_memory_does_not_follow_into_a_child() -> None:
    store = SqliteStore()
    create(store)

    def use() -> None:
        with pytest.raises(StoreError, match="stays in the process that made it"):
            store.head("city")

    assert in_child(use) == 0


def test_a_transaction_does_not_follow_into_a_child(path: Path) -> None:
    store = SqliteStore(path)
    head = create(store)
    with store.unit() as unit:
        unit.append(head.number, [NewRow(1, b"parent")])

        def end() -> None:
            with pytest.raises(StoreError, match="stays in the process that began it"):
                unit.__exit__(None, None, None)

        assert in_child(end) == 0
    assert [row.leaf for row in store.log(head.number)] == [b"parent"]


def test_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    store = SqliteStore(path)
    create(store)
    store.close()
    for _ in range(5):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            store = SqliteStore(path)
            head = store.head("city")
            assert head is not None
            while True:
                head = append(store, head, head.version + 1)
                os.write(writer, head.version.to_bytes(8, "big"))
        os.close(writer)
        acknowledged = [os.read(reader, 8) for _ in range(17)]
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        while more := os.read(reader, 8):
            acknowledged.append(more)
        os.close(reader)
        again = SqliteStore(path)
        found = again.head("city")
        assert found is not None
        assert found.version - int.from_bytes(acknowledged[-1], "big") in (0, 1)
        assert [row.seq for row in again.log(found.number)] == list(range(1, found.version + 1))
        again.close()


def _open_and_create(path: Path, name: str) -> None:
    create(SqliteStore(path), name)


def test_processes_that_open_a_new_file_at_once_make_one_store(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    names = [f"campaign-{n}" for n in range(6)]
    processes = [context.Process(target=_open_and_create, args=(path, name)) for name in names]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert [head.id for head in SqliteStore(path).heads()] == names
