import pytest
from made_up_soak import rest, soaked

from bench.soak.judge import judge, windows


def verdict(*arguments, **changed):
    return judge(soaked(*arguments, **changed)).verdict


def judged(of, quantity):
    return next(each for each in of.judged if each.quantity == quantity)


def test_flat_server_passes():
    found = judge(soaked())
    assert (found.verdict, found.why) == (
        "CLEAN",
        "memory +0.0 % (100 MB to 100 MB), no more threads, descriptors or tasks than there were",
    )


def test_noise_passes():
    assert verdict(noise=0.2) == "CLEAN"


def test_what_it_takes_before_it_has_settled_is_no_leak():
    assert verdict(lambda minute: {"memory": 60e6 + 40e6 * min(1.0, minute / 5)}) == "CLEAN"


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_memory_that_climbs_is_found(noise):
    found = judge(soaked(lambda minute: {"memory": 100e6 + 0.6e6 * minute}, noise=noise))
    assert found.verdict == "LEAKS"
    assert found.why.startswith("memory +1")


def test_memory_may_climb_by_five_percent_and_fall_by_any():
    assert verdict(lambda minute: {"memory": 100e6 + (4.9e6 if minute > 15 else 0)}) == "CLEAN"
    assert verdict(lambda minute: {"memory": 100e6 + (5.1e6 if minute > 15 else 0)}) == "LEAKS"
    assert verdict(lambda minute: {"memory": 100e6 - 2e6 * minute}) == "CLEAN"


@pytest.mark.parametrize("quantity", ["descriptors", "tasks"])
def test_one_that_stays_at_rest_is_found(quantity):
    kept = rest(**{quantity: getattr(rest(), quantity) + 1})
    found = judge(soaked(rest_after=kept))
    assert found.verdict == "LEAKS"
    assert [each.quantity for each in found.judged if each.met is False] == [quantity]


@pytest.mark.parametrize("quantity", ["threads", "descriptors", "tasks"])
def test_climb_under_load_is_found_though_all_is_given_back(quantity):
    assert verdict(lambda minute: {quantity: 300 + 3 * minute}) == "LEAKS"


def test_pool_may_keep_its_threads_but_no_more():
    assert verdict(rest_before=rest(threads=1), rest_after=rest(threads=20)) == "CLEAN"
    assert verdict(rest_before=rest(threads=1), rest_after=rest(threads=21)) == "LEAKS"


def test_server_that_does_not_tell_its_tasks_is_judged_by_the_rest():
    found = soaked(rest_after=rest(tasks=None))
    found = judge(found.model_copy(update={"looks": [look.model_copy(update={"tasks": None}) for look in found.looks]}))
    assert found.verdict == "CLEAN"
    assert judged(found, "tasks").met is None
    assert "does not say how many tasks" in found.why


def test_looks_at_a_crowd_that_is_not_whole_count_for_nothing():
    whole = soaked()
    thin = [look.model_copy(update={"people": 3, "memory_bytes": 10**9}) for look in whole.looks[-30:-15]]
    found = judge(whole.model_copy(update={"looks": [*whole.looks[:-30], *thin, *whole.looks[-15:]]}))
    assert found.verdict == "CLEAN"


def test_windows_are_from_minute_five_to_ten_and_the_last_five():
    early, late = windows(soaked())
    assert (early[0].at_seconds, early[-1].at_seconds) == (300, 590)
    assert (late[0].at_seconds, late[-1].at_seconds) == (1500, 1790)


def test_server_that_ended_has_not_lasted():
    found = judge(soaked(died="exit code 9", rest_after=None, seconds=600.0))
    assert (found.verdict, found.why) == ("DIED", "the server ended after 10.0 of 30 minutes: exit code 9")


def test_soak_that_was_ended_by_hand_says_nothing():
    found = judge(soaked(rest_after=None, seconds=600.0))
    assert (found.verdict, found.why) == ("INVALID", "it was ended after 10.0 of 30 minutes, with people there")


def test_load_that_ended_before_its_time_says_nothing():
    """However flat the server was until then, and though the load says that all is well."""
    found = judge(soaked(seconds=600.0))
    assert (found.verdict, found.why) == ("INVALID", "the load ended by itself after 10.0 of 30 minutes")


def test_crowd_that_was_not_served_says_nothing():
    assert verdict(turns_failed=60) == "INVALID"
    assert verdict(turns_failed=20) == "CLEAN"
    assert verdict(turns_ok=0) == "INVALID"


def test_too_few_looks_say_nothing():
    found = judge(soaked(seconds=120.0).model_copy(update={"seconds": 120.0}))
    assert (found.verdict, found.why) == ("INVALID", "too few looks at a full crowd: let it last longer")
