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
        ({"vcpu_second": "-1.0"}, "vcpu_second: Input should be greater than or equal to 0"),
        ({"vcpu_second": "inf"}, "vcpu_second: Input should be a finite number"),
        ({"vcpu_second": '"cheap"'}, "vcpu_second: Input should be a valid number"),
        ({"currency": '""'}, "currency: String should have at least 1 character"),
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


def test_prices_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(BenchError, match=r"cannot be read \(No such file or directory\): name a .toml file"):
        read_prices(tmp_path / "nowhere.toml")
