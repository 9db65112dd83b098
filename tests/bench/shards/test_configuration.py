import json

from made_up_shards import order

from bench.shards.configuration import configuration, differences, digest


def test_what_a_shard_has_for_itself_does_not_count():
    one, other = order(command="a"), order(command="b", root=order().results / "elsewhere")
    assert configuration(one, 2, tags=True) == configuration(other, 2, tags=True)


def test_every_other_option_counts():
    base = configuration(order(), 2, tags=True)
    changed = [
        configuration(order(seed=2), 2, tags=True),
        configuration(order(allow_real_model=True), 2, tags=True),
        configuration(order(targets=[order().targets[0].model_copy(update={"url": "ws://here"})]), 2, tags=True),
        configuration(order(), 3, tags=True),
        configuration(order(), 2, tags=False),
    ]
    assert len({digest(base), *map(digest, changed)}) == 1 + len(changed)


def test_settings_survive_json_unchanged():
    settings = configuration(order(), 2, tags=True)
    assert json.loads(json.dumps(settings)) == settings
    assert differences(settings, json.loads(json.dumps(settings))) == []


def test_each_difference_is_named_with_both_values():
    profile = order().profile
    case = profile.case[0].model_copy(update={"sessions": 9})
    other = order(seed=5, profile=profile.model_copy(update={"case": [case]}))
    found = differences(configuration(order(), 2, tags=True), configuration(other, 2, tags=True))
    assert sorted(found) == ["profile.case[1].sessions 4 and 9", "seed 1 and 5"]


def test_setting_that_one_does_not_have_is_named():
    assert differences({"a": 1}, {"a": 1, "b": None}) == ["b nothing and null"]
