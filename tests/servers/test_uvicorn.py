import logging
import sys

from servers.uvicorn import is_news


def _record(error: BaseException | None) -> logging.LogRecord:
    if error is None:
        return logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "said", (), None)
    try:
        raise error
    except BaseException:
        return logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "failed", (), sys.exc_info())


def test_text_that_is_no_text_is_a_fault_of_the_clients_and_no_news() -> None:
    assert not is_news(_record(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")))


def test_all_else_is_news() -> None:
    assert is_news(_record(None))
    assert is_news(_record(RuntimeError("a fault of ours")))
