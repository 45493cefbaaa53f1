"""A mistyped option is refused before anything is sent, with what it may have been meant to be."""

import pytest

from contract_tests.__main__ import main


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("fuzz --profle pr", "contract_tests fuzz: error: there is no option --profle; did you mean --profile?"),
        (
            "contract --profle pr",
            "contract: error: there is no option --profle; did you mean --profile?",
        ),
        ("fuzz --incude-tag Bookings", "there is no option --incude-tag; did you mean --include-tag?"),
        ("fuzz --include-tag Bookngs", "there is no tag 'Bookngs'; did you mean Bookings?"),
        ("fuzz --include-operation-id get_mee", "there is no operation id 'get_mee'; did you mean get_me?"),
        ("fuzz --max-time sixty", "Invalid value for '--max-time'"),
        ("fuzz --prof pr", "there is no option --prof"),
        ("fuzz stray", "unexpected extra argument (stray)"),
        ("fuzz --rate -1", "the rate must be 0 or more"),
        ("clean --base-url http://127.0.0.1:9 --rte 3", "clean: error: there is no option --rte; did you mean --rate?"),
        (
            "clean --base-ulr http://127.0.0.1:9",
            "clean: error: there is no option --base-ulr; did you mean --base-url?",
        ),
        ("clean", "clean: error: the following arguments are required: --base-url"),
        ("contract --include-tag Bookings", "contract: error: there is no option --include-tag"),
        ("fuzz --parts stories --include-tag Bookings", "--include-tag is for the part fuzz, which --parts leaves out"),
        ("mutants another-shap", "there is no kind 'another-shap'"),
        ("mutants --operatons 3", "mutants: error: there is no option --operatons; did you mean --operations?"),
    ],
)
def test_mistyped_arguments_are_refused(
    words: str, complaint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BASE_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    output = capsys.readouterr()
    assert ended.value.code == 2
    assert complaint in output.err
    assert f"usage: contract_tests {words.split()[0]}" in output.err
