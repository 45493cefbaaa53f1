"""Helpers that read and connect calendars."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import Client, data


def connections(client: Client, integration: str | None = None) -> list[dict[str, Any]]:
    """The caller's connections, or those with one service."""
    found = data(client.get("/v2/calendars"))["connectedCalendars"]
    return [each for each in found if integration in (None, each["integration"]["type"])]


def destination(client: Client) -> dict[str, Any]:
    """The caller's destination calendar; empty if there is none."""
    return data(client.get("/v2/calendars"))["destinationCalendar"]


def selected(client: Client) -> list[str]:
    """The ids of the calendars that are checked for conflicts."""
    return [
        calendar["externalId"]
        for each in connections(client)
        for calendar in each.get("calendars", [])
        if calendar["isSelected"]
    ]


def connect_apple(client: Client, username: str, password: str = "abcd-efgh-ijkl-mnop") -> dict[str, Any]:
    """Connects an Apple account and returns the connection."""
    reply = client.post("/v2/calendars/apple/credentials", json={"username": username, "password": password})
    assert reply.status_code == 201, reply.text
    found = connections(client, "apple_calendar")
    return next(each for each in found if each["primary"]["email"] == username)
