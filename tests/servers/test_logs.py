import json
import logging
import sys
from datetime import datetime
from typing import Any

import pytest

from servers import logs
from servers.settings import LogLevel, Settings

KEY = 'AIza-"quoted"-key'


def record(message: str = "session opened", **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("servers.visit", logging.INFO, "visit.py", 1, message, (), more.pop("exc_info", None))
    made.fields = more
    return made


def test_event_is_one_line_of_json_with_the_fields_that_cloud_run_reads() -> None:
    line = logs.line_of(record(session=7, instance="i"))
    event = json.loads(line)
    assert datetime.fromisoformat(event.pop("time")).tzinfo is not None
    assert event == {
        "severity": "INFO",
        "message": "session opened",
        "logger": "servers.visit",
        "session": 7,
        "instance": "i",
    }


def test_whatever_people_say_it_stays_one_line() -> None:
    line = logs.line_of(record("said", prompt="one\ntwo\r\u2028three\x85\0"))
    assert line.splitlines() == [line]
    assert json.loads(line)["prompt"] == "one\ntwo\r\u2028three\x85\0"


def test_fault_is_written_down_with_its_traceback() -> None:
    try:
        raise ZeroDivisionError("oh")
    except ZeroDivisionError:
        line = logs.line_of(record("a fault", exc_info=sys.exc_info()))
    assert "\n" not in line
    assert "ZeroDivisionError: oh" in json.loads(line)["stack_trace"]


def test_key_is_struck_out_wherever_it_may_have_come_from() -> None:
    event = json.loads(logs.line_of(record(f"no such key: {KEY}", told=[KEY]), KEY))
    assert (event["message"], event["told"]) == ("no such key: ***", ["***"])


@pytest.mark.parametrize(("level", "written"), [("info", ["i", "w", "e"]), ("warning", ["w", "e"]), ("error", ["e"])])
def test_nothing_below_the_level_is_written(
    servers_logger: logging.Logger, capsys: pytest.CaptureFixture[str], level: LogLevel, written: list[str]
) -> None:
    logs.begin(Settings("developer", "m", "TEXT", api_key="AIza-key", log_level=level))
    logs.begin(Settings("developer", "m", "TEXT", api_key="AIza-key", log_level=level))
    below = servers_logger.getChild("visit")
    for log, message in ((below.debug, "d"), (below.info, "i"), (below.warning, "w"), (below.error, "e")):
        log(message)
    told = capsys.readouterr()
    assert told.out == ""
    assert [json.loads(line)["message"] for line in told.err.splitlines()] == written
