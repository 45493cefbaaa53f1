"""What may differ between two servers, and what may not."""

from __future__ import annotations

import json

import pytest

from contract_tests.comparison.differences import Comparer, shown
from contract_tests.comparison.references import References
from contract_tests.http import Reply, Request, to_headers
from mock_server.runtime.masking import Masker, described

LEFT, RIGHT = "http://left.example:8080", "https://right.example"


def places(left: object, right: object, comparer: Comparer | None = None) -> list[str]:
    comparer = comparer or Comparer(same_start=True, addresses=(LEFT, RIGHT), secrets=described())
    replies = (reply(200, {"data": each}) for each in (left, right))
    return [each.place for each in comparer.compare("scheduleId", *replies)]


def reply(status: int, content: object) -> Reply:
    headers = to_headers({"content-type": "application/json"})
    return Reply(Request("GET", "/v2/me"), status, headers, json.dumps(content).encode())


def test_ids_may_differ_as_long_as_they_refer_to_the_same():
    references = References()
    assert references.same("scheduleId", 5, 17)
    assert references.same("scheduleId", 5, 17)
    assert not references.same("scheduleId", 5, 18)
    assert not references.same("scheduleId", 6, 17)
    assert references.same("userId", 5, 9), "another kind of id counts for itself"


def test_an_id_is_followed_through_the_replies():
    comparer = Comparer(same_start=True, addresses=(LEFT, RIGHT), secrets=described())
    assert places({"id": 5, "ownerId": 1}, {"id": 17, "ownerId": 1}, comparer) == []
    assert places({"defaultScheduleId": 5}, {"defaultScheduleId": 17}, comparer) == []
    assert places({"defaultScheduleId": 5}, {"defaultScheduleId": 99}, comparer) == ["/data/defaultScheduleId"]
    assert places("Schedule with id 5 is gone", "Schedule with id 17 is gone", comparer) == []
    assert places("Schedule with id 5 is gone", "Schedule with id 18 is gone", comparer) == ["/data"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2026-05-01T10:00:01.250Z", "2026-05-01T10:00:02.001Z"),
        ("2026-05-01T10:00:59.997Z", "2026-05-01T10:01:00.000Z"),
        ("Gone at 2026-05-01T10:00:01.250Z.", "Gone at 2026-05-01T10:00:59.001Z."),
        (
            f"{LEFT}/v2/gcal?back=http%3A%2F%2Fleft.example%3A8080%2Fx",
            f"{RIGHT}/v2/gcal?back=https%3A%2F%2Fright.example%2Fx",
        ),
        ("0b5d1c52-1111-4000-8000-000000000000", "ffffffff-2222-4000-8000-000000000000"),
        ("7d1jjhJeSW4ETGuC5fgAf8@Cal.com", "ksCHYCSNGSfcSJexeMdMir@Cal.com"),
        ("Booking 7d1jjhJeSW4ETGuC5fgAf8 is gone", "Booking UEnauZwwgekdaxYgmqexsW is gone"),
        ("ann+cm9a8b7c6d5e4f3g2h1i@example.com", "ann+cmzzzzzz6d5e4f3g2h1i@example.com"),
    ],
)
def test_generated_values_may_differ(left: str, right: str):
    assert places({"value": left}, {"value": right}) == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Working hours", "Opening hours"),
        ("2050-03-07T12:00:00.000Z", "2050-03-07T12:01:00.000Z"),
        ("2026-05-01T10:00:01.250Z", "2026-05-01T11:00:01.250Z"),
        ("2050-03-07T12:00:00.000Z", "2050-03-07T12:00:30.000Z"),
        ("2026-05-01T10:00:01.250Z", "2026-05-01T10:00:01Z"),
        ("2026-05-01T10:00:01.250Z", "2026-05-01T10:00:01.250+00:00"),
        ("https://one.example/hook", "https://two.example/hook"),
        ("09:00", "10:00"),
        ("organizersDefaultApp", "attendeeDefinedPlace"),
        (5, "5"),
        (1, 2),
        (True, 1),
        (None, ""),
        ([1, 2], [1]),
        ({"a": 1}, {}),
        ({}, {"a": 1}),
    ],
)
def test_other_values_differ(left: object, right: object):
    assert len(places({"value": left}, {"value": right})) == 1


def test_secrets_may_differ_but_not_be_missing_and_are_not_shown():
    assert places({"accessToken": "one"}, {"accessToken": "two"}) == []
    comparer = Comparer(same_start=True, addresses=(LEFT, RIGHT), secrets=described())
    replies = [reply(201, {"accessToken": each}) for each in ("one", None)]
    [found] = comparer.compare("userId", *replies)
    assert found.place == "/accessToken"
    assert "one" not in found.left
    assert (
        shown({"url": "?accessToken=cal_secret_thing", "secret": "hush"}, Masker())
        == '{"url": "?accessToken=***", "secret": "***"}'
    )


def test_two_tokens_of_one_second_may_be_equal_but_two_secrets_may_not():
    comparer = Comparer(same_start=True, addresses=(LEFT, RIGHT), secrets=described())
    assert places({"accessToken": "one"}, {"accessToken": "same"}, comparer) == []
    assert places({"accessToken": "two"}, {"accessToken": "same"}, comparer) == []
    assert places({"accessToken": "two"}, {"accessToken": ""}, comparer) == ["/data/accessToken"]
    assert places({"clientSecret": "one"}, {"clientSecret": "same"}, comparer) == []
    assert places({"clientSecret": "two"}, {"clientSecret": "same"}, comparer) == ["/data/clientSecret"]


def test_consent_pages_of_a_deployment_may_be_at_any_address():
    ours = f"{LEFT}/_sandbox/oauth/google?state=%7B%22a%22%3A1%7D"
    theirs = "https://accounts.example/o/oauth2/v2/auth?access_type=offline&client_id=7&state=%7B%22a%22%3A1%7D"
    comparer = Comparer(same_start=False, addresses=(LEFT, RIGHT), secrets=described())
    assert places({"authUrl": ours}, {"authUrl": theirs}, comparer) == []
    assert places({"authUrl": ours}, {"authUrl": theirs}) == ["/data/authUrl"]
    comparer = Comparer(same_start=False, addresses=(LEFT, RIGHT), secrets=described())
    assert places({"authUrl": ours}, {"authUrl": "https://accounts.example/o/auth"}, comparer) == ["/data/authUrl"]


def test_different_statuses_are_the_only_difference():
    comparer = Comparer(same_start=True, addresses=(LEFT, RIGHT), secrets=described())
    refused = reply(404, {"error": {"message": "Not here"}})
    [found] = comparer.compare("userId", reply(200, {"data": 1}), refused)
    assert (found.place, found.left, found.right) == ("status", "200", '404 "Not here"')


def test_on_different_accounts_only_items_that_the_run_created_are_compared():
    comparer = Comparer(same_start=False, addresses=(LEFT, RIGHT), secrets=described())
    comparer.adopt(0, "scheduleId", 5)
    comparer.adopt(1, "scheduleId", 17)
    comparer.adopt(1, "userId", 3)
    assert places([{"id": 1}, {"id": 5, "name": "a"}], [{"id": 17, "name": "a"}], comparer) == []
    assert places([{"id": 1}, {"id": 5, "name": "a"}], [{"id": 17, "name": "b"}], comparer) == ["/data/0/name"]
    assert places([{"id": 5}], [{"id": 3}], comparer) == ["/data"]
