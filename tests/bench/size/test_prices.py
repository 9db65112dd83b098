from datetime import date
from pathlib import Path

import pytest
from made_up_size import PRICES

import servers
from bench.errors import BenchError
from bench.size.prices import read_prices

SHIPPED = Path(servers.__file__).parent / "cloudrun" / "prices.toml"
WHOLE = {
    "as_of": "2026-01-31", "currency": '"USD"', "region": '"here"', "billing": '"instance-based"',
    "source": '"a page"', "vcpu_second": "0.00002", "memory_gib_second": "0.000002",
}  # fmt: skip


def written(folder, **changed):
    path = folder / "prices.toml"
    values = {**WHOLE, **changed}
    path.write_text("".join(f"{name} = {value}\n" for name, value in values.items() if value is not None))
    return path


def test_prices_come_with_the_day_they_were_true(tmp_path):
    prices = read_prices(written(tmp_path))
    assert prices.as_of == date(2026, 1, 31)
    assert (prices.vcpu_second, prices.memory_gib_second) == (0.00002, 0.000002)


def test_hour_of_an_instance_is_its_processors_and_its_memory():
    assert PRICES.instance_hour(2, 0.5) == pytest.approx(3600 * (2 * 0.0001 + 0.5 * 0.00002))


def test_prices_that_come_with_the_project_can_be_read():
    assert read_prices(SHIPPED).instance_hour(1, 0.5) == pytest.approx(0.0684)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"as_of": None}, "as_of: Field required"),
        ({"as_of": '"some day"'}, "as_of: Input should be a valid date"),
        ({"as_of": "1769817600"}, "as_of: Input should be a valid date, as in 2026-01-31"),
        ({"as_of": "2026-01-31T10:00:00Z"}, "as_of: Input should be a valid date, as in 2026-01-31"),
        ({"vcpu_second": "-1.0"}, "vcpu_second: Input should be greater than or equal to 0.000000000001"),
        ({"vcpu_second": "0"}, "vcpu_second: Input should be greater than or equal to 0.000000000001"),
        ({"vcpu_second": "1e300"}, "vcpu_second: Input should be less than or equal to 1000"),
        ({"vcpu_second": "inf"}, "vcpu_second: Input should be a finite number"),
        ({"vcpu_second": "nan"}, "vcpu_second: Input should be a finite number"),
        ({"vcpu_second": "true"}, "vcpu_second: Input should be a valid number"),
        ({"vcpu_second": '"0.1"'}, "vcpu_second: Input should be a valid number"),
        ({"memory_gib_second": "-0.1"}, "memory_gib_second: Input should be greater than or equal to 0"),
        ({"memory_gib_second": "1001"}, "memory_gib_second: Input should be less than or equal to 1000"),
        ({"memory_gib_second": "nan"}, "memory_gib_second: Input should be a finite number"),
        ({"currency": '""'}, "currency: String should have at least 1 character"),
        ({"currency": '"of a country far away"'}, "currency: String should have at most 20 characters"),
        ({"region": '" "'}, "region: String should have at least 1 character"),
        ({"billing": '"a\\nb"'}, "billing: String should be one line of text"),
        ({"source": '"\\u001b[31m"'}, "source: String should be one line of text"),
        ({"source": f'"{"x" * 201}"'}, "source: String should have at most 200 characters"),
        ({"discount": "0.5"}, "discount: Extra inputs are not permitted"),
        ({"currency": "USD"}, "is not TOML"),
    ],
)
def test_a_file_that_gives_no_whole_prices_is_refused_in_one_line(changed, complaint, tmp_path):
    path = written(tmp_path, **changed)
    with pytest.raises(BenchError) as refused:
        read_prices(path)
    assert str(refused.value).startswith(f"prices {path}") and complaint in str(refused.value)
    assert "\n" not in str(refused.value).replace("at line", "")


def test_a_platform_may_charge_for_the_processor_alone(tmp_path):
    prices = read_prices(written(tmp_path, vcpu_second="1", memory_gib_second="0"))
    assert prices.instance_hour(1, 4) == 3600


def test_prices_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(BenchError, match=r"cannot be read \(No such file or directory\): name a .toml file"):
        read_prices(tmp_path / "nowhere.toml")
