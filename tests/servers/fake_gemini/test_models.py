import pytest

from servers.fake_gemini.models import MODELS, Model, find, modality_spoken
from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refused


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.backend}-{model.name}")
def test_each_model_is_found_by_its_resource_name(model: Model) -> None:
    prefix = "models/" if model.backend == "developer" else "publishers/google/models/"
    assert find(prefix + model.name, model.backend, "v1") is model


def test_model_is_found_in_a_project() -> None:
    resource = "projects/p/locations/us-east5/publishers/google/models/gemini-live-2.5-flash-native-audio"
    assert find(resource, "vertex", "v1beta1").modalities == ("AUDIO",)


@pytest.mark.parametrize(
    "resource", ["gemini-3.8-live", "models/", "models/gemini-live-2.5-flash-native-audio", "models/gemini-3.8-live/x"]
)
def test_other_names_are_refused_by_the_developer_api(resource: str) -> None:
    with pytest.raises(Refused) as caught:
        find(resource, "developer", "v1beta")
    assert caught.value.refusal.code == 1008
    assert caught.value.refusal.text.startswith(f"{resource} is not found for API version v1beta")


@pytest.mark.parametrize(
    "resource",
    [
        "models/gemini-live-2.5-flash",
        "publishers/google/models/gemini-3.8-live",
        "projects/p/locations/global/publishers/google/models/gemini-live-2.5-flash-native-audio",
    ],
)
def test_other_names_and_regions_are_refused_by_vertex(resource: str) -> None:
    with pytest.raises(Refused) as caught:
        find(resource, "vertex", "v1beta1")
    assert caught.value.refusal.code == 1008
    assert caught.value.refusal.text.startswith(f"Publisher Model `{resource}` was not found")


TALKER = find("publishers/google/models/gemini-live-2.5-flash", "vertex", "v1")
ROBOT = find("models/gemini-robotics-er-2-streaming-preview", "developer", "v1")


def test_model_speaks_what_is_asked_for_where_it_can() -> None:
    assert modality_spoken(TALKER, ("TEXT",)) == "TEXT"
    assert modality_spoken(TALKER, ("AUDIO",)) == "AUDIO"


def test_model_that_is_not_asked_speaks_as_it_prefers() -> None:
    assert modality_spoken(TALKER, ()) == "AUDIO"
    assert modality_spoken(ROBOT, ()) == "TEXT"


@pytest.mark.parametrize("asked", [("TEXT", "AUDIO"), ("VIDEO",)])
def test_more_than_one_modality_or_an_unknown_one_is_refused(asked: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as caught:
        modality_spoken(TALKER, asked)
    assert caught.value.refusal == INVALID_ARGUMENT


def test_model_that_only_writes_refuses_to_speak() -> None:
    with pytest.raises(Refused) as caught:
        modality_spoken(ROBOT, ("AUDIO",))
    assert "response modalities (AUDIO)" in caught.value.refusal.text
