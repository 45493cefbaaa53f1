from pathlib import Path

from contract_tests.ledger import Ledger, Thing, ledger_path

SCHEDULE = Thing("create_schedule", "delete_schedule", {"scheduleId": "7"}, "personal")
WEBHOOK = Thing("create_webhook", "delete_webhook", {"webhookId": "w"}, "guest")


def test_the_next_run_knows_what_is_left_newest_first(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger.jsonl")
    first.made(first.asks("create_schedule", "/v2/schedules", {"name": "Hours"}), [SCHEDULE])
    first.made(first.asks("create_webhook", "/v2/webhooks", None), [WEBHOOK])
    second = Ledger(tmp_path / "ledger.jsonl")
    assert second.standing() == [WEBHOOK, SCHEDULE]
    second.removed("delete_webhook", {"webhookId": "w"})
    second.removed("delete_webhook", {"webhookId": "not ours"})
    assert Ledger(tmp_path / "ledger.jsonl").standing() == [SCHEDULE]


def test_a_request_without_a_reply_is_reported(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.asks("create_schedule", "/v2/schedules", {"name": "Hours", "secret": "hush"})
    [text] = Ledger(tmp_path / "ledger.jsonl").unanswered()
    assert "Hours" in text
    assert "hush" not in (tmp_path / "ledger.jsonl").read_text(encoding="utf-8")


def test_a_line_cut_off_by_a_crash_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    ledger.made(ledger.asks("create_schedule", "/v2/schedules", None), [SCHEDULE])
    path.write_text(path.read_text(encoding="utf-8") + '{"event": "remo', encoding="utf-8")
    again = Ledger(path)
    again.made(again.asks("create_webhook", "/v2/webhooks", None), [WEBHOOK])
    assert Ledger(path).standing() == [WEBHOOK, SCHEDULE]


def test_each_server_has_its_own(tmp_path: Path) -> None:
    assert ledger_path(tmp_path, "https://api.example.com/v2").name == "ledger-api.example.com.jsonl"
    assert ledger_path(tmp_path, "http://localhost:8080").name == "ledger-localhost-8080.jsonl"
    assert ledger_path(tmp_path, "http://localhost:8080/one/api/").name == "ledger-localhost-8080-one-api.jsonl"
