import pytest
from hypothesis import given, settings, strategies as st
from made_up import FLASK, QUART
from made_up_capacity import holding as server, made as made_capacity, only
from made_up_size import PRICES, made, order, sized

from bench.errors import BenchError
from bench.size.sizing import SPARE_THREADS, Demand, size

CAPACITY = made_capacity()


def watched(memory_bytes):
    """A Quart that holds 640 people and takes so much memory at each load."""

    def measured(attempt):
        found = server(640)(attempt)
        return found.model_copy(update={"resources": {"memory_bytes": memory_bytes * attempt.probe.sessions}})

    return only(measured)


def test_threads_are_never_all_given_to_sessions():
    flask = sized("flask")
    assert flask.held == 100
    assert flask.concurrency == FLASK.threads - SPARE_THREADS == 96
    assert any("100 threads less 4 to spare" in step for step in flask.reasoning)


def test_where_no_threads_bind_it_is_what_was_held():
    assert sized("quart").concurrency == 625


def test_no_more_is_set_than_can_be_set():
    assert sized("quart", only(server(9000), most=4000)).concurrency == 1000


def test_an_autoscaler_leaves_part_of_each_instance_free():
    flask = sized("flask", users=1000, utilization=0.6)
    assert flask.usual_sessions == 57
    assert flask.instances == 18  # 17 of them have room for 969


def test_a_fixed_number_of_instances_may_be_full():
    assert sized("flask", users=960, utilization=1.0).instances == 10
    assert sized("flask", users=961, utilization=1.0).instances == 11


def test_money_is_what_all_instances_cost_for_as_long_as_people_are_there():
    quart = sized("quart", users=625, utilization=1.0, vcpus=2.0, memory_gib=4.0)
    assert quart.cost_per_hour == pytest.approx(PRICES.instance_hour(2.0, 4.0))
    assert quart.cost_per_thousand_session_hours == pytest.approx(1000 * PRICES.instance_hour(2.0, 4.0) / 625)


def test_without_prices_there_is_no_money():
    quart = sized("quart", prices=None)
    assert (quart.cost_per_hour, quart.cost_per_thousand_session_hours) == (None, None)
    assert quart.instances


def test_who_holds_nobody_takes_no_number_of_instances_and_costs_nothing_that_is_known():
    flask = sized("flask", objective="ttft_added p95 <= 1ms")
    assert (flask.held, flask.concurrency, flask.instances, flask.cost_per_hour) == (0, 0, None, None)
    assert "no number of instances would do" in flask.reasoning


def test_memory_is_what_was_measured_within_what_is_held_and_half_as_much_again():
    quart = sized("quart", watched(2_000_000), memory_gib=None)
    assert quart.memory_gib == 1.75  # 625 people took 1.25 GB
    assert any("1.2 GB" in step for step in quart.reasoning)


def test_memory_is_never_less_than_the_platform_gives():
    assert sized("quart", watched(10), memory_gib=None).memory_gib == 0.5


def test_memory_that_nobody_watched_is_not_made_up():
    quart = sized("quart", memory_gib=None)
    assert (quart.memory_gib, quart.cost_per_hour) == (None, None)
    assert any("--memory-gib" in step for step in quart.reasoning)


def test_processors_are_those_it_was_held_to_or_said_to_be_guessed():
    assert any("held to so many cores" in step for step in sized("quart", pinned([0])).reasoning)
    assert any("nobody here knows" in step for step in sized("quart", pinned([])).reasoning)


def test_less_than_one_processor_is_sent_one_request_at_a_time_as_the_platform_has_it():
    whole, half = (sized("quart", pinned([0]), vcpus=vcpus) for vcpus in (1.0, 0.5))
    assert (whole.concurrency, half.concurrency) == (625, 1)
    assert half.instances == 1000 and half.cost_per_hour > whole.cost_per_hour
    assert "concurrency setting: 1, as the platform has it for less than 1 vCPU" in half.reasoning
    assert any("measured with 1, and no more than a share" in step for step in half.reasoning)


def test_fewer_processors_than_were_measured_are_counted_on_for_their_share():
    quart = sized("quart", pinned([0, 1]), vcpus=1.0)
    assert (quart.held, quart.concurrency) == (625, 312)
    assert "concurrency setting: 312, what it holds with 2 vCPU, in proportion" in quart.reasoning


def test_more_processors_than_were_measured_are_counted_on_for_no_more_people():
    quart = sized("quart", pinned([0]), vcpus=2.0)
    assert quart.concurrency == 625
    assert any("measured with 1, and no more is counted on" in step for step in quart.reasoning)


def test_processors_asked_for_of_an_address_are_taken_as_said_but_below_one_the_platform_decides():
    assert sized("quart", pinned([]), vcpus=2.0).concurrency == 625
    small = sized("quart", pinned([]), vcpus=0.5)
    assert small.concurrency == 1 and any("nobody here knows whether" in step for step in small.reasoning)


def test_who_holds_nobody_holds_nobody_with_less_than_one_processor():
    assert sized("flask", objective="ttft_added p95 <= 1ms", vcpus=0.5).concurrency == 0


@pytest.mark.parametrize(("vcpus", "least_gib"), [(4.0, 2.0), (6.0, 4.0), (8.0, 4.0)])
def test_many_processors_come_with_as_much_memory_as_the_platform_gives_them(vcpus, least_gib):
    quart = sized("quart", watched(10), vcpus=vcpus, memory_gib=None)
    assert quart.memory_gib == least_gib
    assert any(f"{vcpus:g} vCPU come with {least_gib:g} GiB at least" in step for step in quart.reasoning)


@pytest.mark.parametrize(
    ("vcpus", "memory_gib", "why"),
    [
        (3.0, 4.0, r"^flask: the platform has no instance of 3 vCPU: give --vcpus 1, 2, 4, 6 or 8, or a part of 1$"),
        (1.5, None, r"of 1\.5 vCPU: "),
        (4.0, 1.0, r"of 4 vCPU with 1 GiB, but with 2 to 16 GiB: give another --memory-gib, or other --vcpus$"),
        (4.0, 16.1, r"with 2 to 16 GiB"),
        (6.0, 3.99, r"with 4 to 24 GiB"),
        (6.0, 24.1, r"with 4 to 24 GiB"),
        (8.0, 3.99, r"with 4 to 32 GiB"),
        (0.49, 0.51, r"of 0\.49 vCPU with 0\.51 GiB, but with up to 0\.5 GiB"),
        (0.5, 1.01, r"with up to 1 GiB"),
        (1.0, 4.01, r"with up to 4 GiB"),
        (2.0, 8.01, r"with up to 8 GiB"),
    ],
)
def test_an_instance_that_the_platform_has_not_is_refused(vcpus, memory_gib, why):
    with pytest.raises(BenchError, match=why):
        made(vcpus=vcpus, memory_gib=memory_gib)


@pytest.mark.parametrize(
    ("vcpus", "memory_gib"),
    [
        *((0.08, 0.5), (0.5, 1.0), (1.0, 0.125), (1.0, 4.0), (2.0, 8.0)),
        *((4.0, 2.0), (4.0, 16.0), (6.0, 4.0), (6.0, 24.0), (8.0, 4.0), (8.0, 32.0)),
    ],
)
def test_an_instance_that_the_platform_just_has_is_taken(vcpus, memory_gib):
    quart = sized("quart", vcpus=vcpus, memory_gib=memory_gib)
    assert (quart.vcpus, quart.memory_gib) == (vcpus, memory_gib)


def test_an_instance_that_nobody_asked_for_has_to_be_one_of_the_platform_too():
    with pytest.raises(BenchError, match=r"no instance of 3 vCPU: give --vcpus"):
        sized("quart", pinned([0, 1, 2]))
    with pytest.raises(BenchError, match=r"no instance of 1 vCPU with 8 GiB, but with up to 4 GiB"):
        sized("quart", pinned([]), memory_gib=8.0)
    with pytest.raises(BenchError, match=r"no instance of 1 vCPU with 8\.75 GiB"):
        sized("quart", watched(10_000_000), vcpus=1.0, memory_gib=None)


def pinned(cores):
    environment = CAPACITY.environment.model_copy(update={"pinning": {"server": cores}})
    return CAPACITY.model_copy(update={"environment": environment})


@settings(deadline=None)
@given(users=st.integers(1, 10**6), utilization=st.floats(0.1, 1.0))
def test_there_is_always_room_for_everybody_and_never_an_instance_too_many(users, utilization):
    demand: Demand = order(CAPACITY, users=users, utilization=utilization).demand
    for target in (FLASK, QUART):
        found = size(CAPACITY, target, demand)
        assert found.usual_sessions <= found.concurrency
        assert (found.instances - 1) * found.usual_sessions < users <= found.instances * found.usual_sessions
