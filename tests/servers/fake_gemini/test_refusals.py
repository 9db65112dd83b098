from servers.fake_gemini.refusals import INVALID_ARGUMENT, REASON_BYTES, Refusal, unknown_developer_model


def test_short_reason_is_sent_whole() -> None:
    assert INVALID_ARGUMENT.reason == "Request contains an invalid argument."


def test_long_reason_is_cut_to_what_a_close_frame_holds() -> None:
    refusal = unknown_developer_model("models/m", "v1")
    assert len(refusal.reason) == REASON_BYTES == 123
    assert refusal.text.startswith(refusal.reason)


def test_reason_is_not_cut_inside_a_letter() -> None:
    assert Refusal(1007, "a" * 122 + "é").reason == "a" * 122
