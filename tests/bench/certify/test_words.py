from made_up_certificate import certificate, climbed, level, reading

from bench.certify import words


def test_sentences_say_how_wrong_up_to_which_load_and_what_ended_it():
    certified, ended = words.sentences(climbed())
    assert certified.startswith(
        "With 283 people, 1,698 chunks a second, it read first words 0.3 ms too long and gaps right in the median; "
        "99 of 100 readings were off by no more than 4.1 ms for first words and 2.1 ms for gaps."
    )
    assert "at most 1 ms in the median, 99 of 100 of them by at most 5 ms" in certified
    assert ended == (
        "At 400 people, 2,400 chunks a second, it no longer holds: "
        "first words off by 9.1 ms at p99, above 5 ms; prompts sent 20 ms late (p99), not below 10 ms."
    )


def test_nothing_certified_is_said_first():
    said = words.sentences(certificate(level(ttft=reading(error=0.1))))
    assert said[0].startswith("No load is certified")
    assert "first words off by 0.10 s at p99" in said[1]
    assert words.headline(certificate(level(ttft=reading(error=0.1)))).endswith("is certified for no load")


def test_end_of_what_was_looked_at_is_no_limit_of_the_generator():
    assert "beyond it nothing is known" in words.sentences(certificate(level()))[1]
    assert "beyond all that the run needs" in words.sentences(certificate(level(), short=True))[1]


def test_server_that_could_not_keep_up_is_no_limit_of_the_generator():
    said = words.sentences(certificate(level(), level(200, server_cpu_share=1.0)))
    assert "the null chat server itself could not keep up" in said[1]


def test_reading_that_is_too_short_is_told_as_that():
    said = words.sentences(certificate(level(gaps=reading(bias=-0.0004))))
    assert "gaps 0.4 ms too short" in said[0]


def test_table_has_a_column_for_each_load_in_rising_order():
    made = climbed()
    lines = {heading: cells for heading, *cells in words.table(made)}
    assert lines["people"] == ["25", "50", "100", "200", "283", "400"]
    assert lines["first words: off by, median (ms)"][0] == "+0.150"
    assert lines["first words: p99, as read (ms)"][0] == "906.4"
    assert lines["certified"] == ["yes", "yes", "yes", "yes", "yes", "no"]
    assert {len(cells) for cells in lines.values()} == {6}


def test_number_that_is_not_known_is_a_dash():
    lines = {heading: cells for heading, *cells in words.table(certificate(level(generator_lag_seconds_p99=None)))}
    assert lines["chunks read late, p99 (ms)"] == ["-"]


def test_level_at_which_the_server_was_saturated_is_neither_certified_nor_not():
    lines = {heading: cells for heading, *cells in words.table(certificate(level(server_cpu_share=1.0)))}
    assert lines["certified"] == ["not known"]
