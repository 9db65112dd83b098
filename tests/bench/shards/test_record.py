from pathlib import Path

import bench
from bench.shards.record import json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "shard.v1.json"


def test_published_schema_is_that_of_the_code():
    assert PUBLISHED.read_text() == json_schema(), "run: python -m bench.shards.record > bench/schema/shard.v1.json"
