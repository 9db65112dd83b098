import gzip

import pytest
from made_up_shards import STARTS_AT, all_left, execution, left, process, record

from bench.errors import BenchError
from bench.shards import folder as shard_folder
from bench.shards.lines import read_process
from loadtests.support.shard import Shard
from loadtests.support.turn import to_line

FIRST = Shard(0, 2)


def test_all_that_was_written_is_read_again(tmp_path):
    folder = shard_folder.create(tmp_path, record(FIRST))
    processes = [process(FIRST), process(FIRST, at=STARTS_AT + 1 / 3)]
    kept = execution(FIRST, 1, processes)
    shard_folder.write_execution(folder, kept, processes)
    assert shard_folder.read_shard(folder) == record(FIRST)
    assert shard_folder.read_execution(folder, 1) == kept
    assert [recorded.lines for recorded in shard_folder.read_processes(folder, 1)] == processes
    assert shard_folder.orders(folder) == [1]
    assert shard_folder.read_end(folder) is None


def test_more_than_nine_processes_keep_their_order(tmp_path):
    folder = shard_folder.create(tmp_path, record(FIRST))
    processes = [process(FIRST, at=float(number)) for number in range(12)]
    shard_folder.write_execution(folder, execution(FIRST, 1, processes), processes)
    assert [recorded.lines for recorded in shard_folder.read_processes(folder, 1)] == processes


def test_folder_of_another_shard_of_that_number_is_never_written_to(tmp_path):
    left(tmp_path, FIRST)
    with pytest.raises(BenchError, match="0 is there already, and nothing is overwritten"):
        shard_folder.create(tmp_path, record(FIRST))


def test_results_cannot_be_kept_in_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match=r"cannot keep results in .*file"):
        shard_folder.create(tmp_path / "file", record(FIRST))


def test_execution_that_was_cut_off_has_turns_and_no_record(tmp_path):
    folder = left(tmp_path, FIRST)
    (folder / "executions" / "002" / "execution.json").unlink()
    assert shard_folder.read_execution(folder, 2) is None
    assert shard_folder.read_processes(folder, 2)
    assert shard_folder.read_execution(folder, 3) is None and shard_folder.read_processes(folder, 3) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "gemini-live-bench.shard.v2"}', '{"index": 1}'])
def test_record_of_another_kind_is_refused_in_one_line(tmp_path, content):
    (folder, _) = all_left(tmp_path)
    (folder / "shard.json").write_text(content)
    with pytest.raises(BenchError, match=r"shard.json does not keep to schema gemini-live-bench.shard.v1: .*") as error:
        shard_folder.read_shard(folder)
    assert "\n" not in str(error.value)


def written(path, content):
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.fixture(params=["turns-0.ndjson", "turns-0.ndjson.gz"])
def path(request, tmp_path):
    return tmp_path / request.param


def test_file_whose_last_line_is_cut_keeps_the_others_and_says_so(path):
    lines = process(FIRST)
    content = b"".join(map(to_line, lines))
    found = read_process(written(path, content[:-10]))
    assert found.lines == lines[:-1]
    assert "its last line is left out" in found.told
    assert read_process(written(path, content)).told == ""


def test_compressed_file_that_is_cut_gives_what_there_is(tmp_path):
    lines = process(FIRST)
    whole = gzip.compress(b"".join(map(to_line, lines)))
    (tmp_path / "turns-0.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    found = read_process(tmp_path / "turns-0.ndjson.gz")
    assert 0 < len(found.lines) < len(lines) and found.lines == lines[: len(found.lines)]
    assert "is cut short" in found.told


@pytest.mark.parametrize("line", [b"{", b"5", b'{"kind":"turn"}', b'{"kind":"note"}', b"\xff", b""])
def test_line_within_that_is_no_record_is_named(path, line):
    content = b"".join(map(to_line, process(FIRST)[:2]))
    with pytest.raises(BenchError, match=r"turns-0.ndjson(.gz)? line 3 is not a turn record"):
        read_process(written(path, content + line + b"\n" + content))


def test_damaged_compression_is_told_in_one_line(tmp_path):
    (tmp_path / "turns-0.ndjson.gz").write_bytes(b"not compressed at all\n")
    with pytest.raises(BenchError, match="is damaged"):
        read_process(tmp_path / "turns-0.ndjson.gz")


def test_empty_compressed_file_is_cut(tmp_path):
    (tmp_path / "turns-0.ndjson.gz").write_bytes(b"")
    assert read_process(tmp_path / "turns-0.ndjson.gz").told
