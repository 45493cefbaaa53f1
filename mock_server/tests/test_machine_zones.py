"""Replies do not depend on the time zones of the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

DOCUMENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
X-WR-TIMEZONE:Europe/Rome
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Rome:20300325T100000
DTEND;TZID=Europe/Rome:20300325T110000
RRULE:FREQ=WEEKLY;COUNT=3
EXDATE;TZID=Europe/Rome:20300401T100000
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;TZID=Europe/Rome:20300408T100000
DTSTART;TZID=W. Europe Standard Time:20300408T120000
DTEND:20300408T130000
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;TZID=localtime:20300326T100000
DTEND;TZID=localtime:20300326T110000
END:VEVENT
END:VCALENDAR
"""

CLIENT = """
import json, sys, urllib.error, urllib.request
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mock_server.calendars.feeds import parsed
from mock_server.running import running_sandbox

def ask(method, path, body=None, version="2024-08-13"):
    headers = {"Authorization": "Bearer cal_sandbox_solo", "Content-Type": "application/json"}
    headers["cal-api-version"] = version
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(sandbox.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)

asked = {}
with running_sandbox() as sandbox:
    ask("PUT", "/_sandbox/clock", {"now": "2030-03-20T09:00:00Z", "frozen": True})
    hours = [{"days": ["Monday", "Tuesday"], "startTime": "09:00", "endTime": "12:00"}]
    schedule = {"name": "Rome", "timeZone": "europe/rome", "isDefault": True, "availability": hours}
    asked["schedule"] = ask("POST", "/v2/schedules", schedule, "2024-06-11")
    talk = {"title": "Talk", "slug": "talk", "lengthInMinutes": 60}
    weekly = {"recurrence": {"interval": 1, "occurrences": 3, "frequency": "weekly"}}
    window = {"bookingWindow": {"type": "range", "value": ["2030-03-25 20:00 EST", "2030-04-02 20:00 EST"]}}
    unknown = {"bookingWindow": {"type": "range", "value": ["2030-03-25 20:00 JST", "2030-04-02 20:00 JST"]}}
    for name, fields in {"weekly": weekly, "window": window, "unknown": unknown}.items():
        asked[name] = ask("POST", "/v2/event-types", talk | {"slug": name} | fields, "2024-06-14")
    number = asked["weekly"]["data"]["id"]
    query = "start=2030-03-24&end=2030-04-03&timeZone=Europe/Rome&eventTypeId="
    asked["slots"] = ask("GET", f"/v2/slots?{query}{number}", version="2024-09-04")
    asked["slots in a window"] = ask("GET", f"/v2/slots?{query}{asked['window']['data']['id']}", version="2024-09-04")
    attendee = {"name": "Ann", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    body = {"eventTypeId": number, "start": "2030-03-25T08:00:00Z", "attendee": attendee}
    asked["series"] = ask("POST", "/v2/bookings", body)
low, high = datetime(2030, 3, 1, tzinfo=UTC), datetime(2030, 5, 1, tzinfo=UTC)
asked["feed"] = [[str(each) for each in event.times(low, high)] for event in parsed(sys.argv[1]).events]
print(json.dumps({"machine": str(datetime(2030, 3, 25, tzinfo=ZoneInfo("Europe/Rome"))), "asked": asked}))
"""


def asked_where(zones: Path, local_zone: str) -> dict[str, object]:
    """What a sandbox answers on a machine with these zones."""
    environment = {**os.environ, "PYTHONTZPATH": str(zones), "TZ": local_zone}
    command = [sys.executable, "-c", CLIENT, DOCUMENT]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120).stdout)


def test_replies_do_not_depend_on_the_time_zones_of_the_machine(tmp_path: Path) -> None:
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    deceived = tmp_path / "deceived"
    for name in ("Europe/Rome", "Europe/Berlin", "Europe/London", "UTC", "localtime"):
        path = deceived / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tokyo)
    (tmp_path / "empty").mkdir()
    here, there = asked_where(tmp_path / "empty", "UTC"), asked_where(deceived, "EST5EDT")
    assert here["machine"] != there["machine"], "zoneinfo itself was not deceived, so that this shows nothing"
    assert there["asked"] == here["asked"]
    asked = here["asked"]
    assert isinstance(asked, dict)
    assert [each["start"] for each in asked["series"]["data"]] == [
        "2030-03-25T08:00:00.000Z",
        "2030-04-01T07:00:00.000Z",
        "2030-04-08T07:00:00.000Z",
    ]
    assert asked["window"]["data"]["bookingWindow"]["value"] == ["2030-03-26", "2030-04-03"]
    assert "Invalid bookingWindow structure." in json.dumps(asked["unknown"])
