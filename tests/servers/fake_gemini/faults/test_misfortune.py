from servers.fake_gemini.faults.armed import Faults, Sufferer
from servers.fake_gemini.faults.misfortune import in_reply
from servers.fake_gemini.faults.script import read_script

SOMEBODY = Sufferer(1)


def faults(entry: str = "") -> Faults:
    armed = Faults()
    armed.arm(read_script(f'description = "x"\n[[fault]]\nwhat = "stall"\n{entry}', "x", "x"), 1)
    return armed


def test_fault_strikes_between_two_chunks_and_for_one_prompt_always_at_the_same() -> None:
    places = [in_reply(faults(), SOMEBODY, 1, f"prompt {number}", 5).before_chunk for number in range(60)]
    assert set(places) == {1, 2, 3, 4}
    assert places == [in_reply(faults(), SOMEBODY, 1, f"prompt {number}", 5).before_chunk for number in range(60)]


def test_reply_of_one_chunk_has_no_middle() -> None:
    assert in_reply(faults(), SOMEBODY, 1, "prompt", 1).before_chunk == -1


def test_what_has_not_happened_is_owed_to_the_next_reply() -> None:
    armed = faults("times = 1")
    cut = in_reply(armed, SOMEBODY, 1, "prompt", 5)
    cut.give_back()
    struck = in_reply(armed, SOMEBODY, 1, "prompt", 5)
    assert struck.take().fault.what == "stall" and struck.before_chunk == -1
    struck.give_back()
    assert in_reply(armed, SOMEBODY, 1, "prompt", 5).before_chunk == -1
