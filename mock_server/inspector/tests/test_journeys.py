"""What a person does in the inspector, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from mock_server.inspector.tests.chromium import find_chromium
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings

pytestmark = pytest.mark.slow("drives a browser")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PANES = ("Requests", "State", "Bookings", "Slots", "Clock", "Webhooks", "Outbox", "Faults", "Worlds", "Connect")
MONDAY = "2030-01-07T08:00:00Z"
BOOKINGS = {"cal-api-version": "2024-08-13"}
PATIENCE = 30_000
"""How many milliseconds a busy machine may take to show something."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all journeys."""
    path = find_chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def client(running: RunningSandbox) -> Iterator[httpx.Client]:
    """Solo's client of a fresh world, in which it is Monday morning."""
    headers = {"Authorization": "Bearer cal_sandbox_solo"}
    with running.world() as url, httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        client.put("/_sandbox/clock", json={"now": MONDAY, "frozen": True}).raise_for_status()
        yield client


@pytest.fixture
def page(browser: Browser, client: httpx.Client) -> Iterator[Page]:
    """The inspector of that world. At the end, nothing has been reported on the console."""
    with browser.new_context(base_url=str(client.base_url)) as context:
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.extend(complaint(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(PATIENCE)
        page.goto("")
        yield page
        assert complaints == []


def complaint(message: ConsoleMessage) -> list[str]:
    """Violations of the content security policy are reported as errors, too."""
    return [message.text] if message.type in ("error", "warning") else []


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Panes").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(f"#panes a[aria-current=page] >> text={name}")).to_be_visible()
    expect(page.locator(".pane[aria-busy=false]")).to_be_visible()


def book(client: httpx.Client, start: str) -> httpx.Response:
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    body = {"eventTypeId": 3, "start": start, "attendee": attendee}
    return client.post("/v2/bookings", json=body, headers=BOOKINGS)


def subscribe(client: httpx.Client) -> None:
    hook = {
        "subscriberUrl": f"{client.base_url}_sandbox/webhooks/inbox/mine",
        "triggers": ["BOOKING_CREATED", "MEETING_ENDED"],
        "active": True,
        "secret": "not-so-secret",
    }
    client.post("/v2/webhooks", json=hook).raise_for_status()


def test_find_a_refused_request_and_see_why(page: Page, client: httpx.Client) -> None:
    client.get("/v2/me").raise_for_status()
    expect(page.get_by_text("GET /v2/me")).to_be_visible()  # It appears by itself.
    client.get("/v2/organizations/1/teams")
    page.get_by_label("Status").select_option("4xx")
    expect(page.get_by_text("GET /v2/me")).to_be_hidden()
    page.get_by_role("row", name="/v2/organizations/1/teams").get_by_role("link").click()
    expect(page.get_by_role("heading", name="GET /v2/organizations/1/teams")).to_be_visible()
    expect(page.locator(".facts").first).to_contain_text("Refused byaccess (role: ORG_ADMIN)")
    expect(page.get_by_text("authorization: Bearer cal_sandbox_solo")).to_be_visible()  # In the curl command.
    page.get_by_role("button", name="Send again").click()
    expect(page).to_have_url(re.compile("#/requests/3$"))
    expect(page.locator(".facts").first).to_contain_text("access (role: ORG_ADMIN)")


def test_book_see_it_in_the_week_advance_the_clock_and_see_the_mail(page: Page, client: httpx.Client) -> None:
    subscribe(client)
    book(client, "2030-01-08T10:00:00Z").raise_for_status()
    page.get_by_role("row", name="POST /v2/bookings").get_by_role("link").click()
    expect(page.get_by_role("region", name="Changed rows")).to_contain_text("bookings 1created")
    expect(page.get_by_role("region", name="Deliveries")).to_contain_text("BOOKING_CREATED")
    go(page, "Bookings")
    expect(page.get_by_role("region", name="Week", exact=True).get_by_role("link")).to_have_text(
        re.compile("^10:00 Consultation")
    )
    expect(page.get_by_role("region", name="Week", exact=True)).to_contain_text("12:00 Lunch")
    go(page, "Clock")
    page.get_by_role("button", name=re.compile("^Advance to webhook at 2030-01-08T11:00")).click()
    expect(page.locator("#clock")).to_have_text("2030-01-08 11:00 UTC, frozen")
    go(page, "Webhooks")
    expect(page.get_by_role("region", name=re.compile("Deliveries"))).to_contain_text("MEETING_ENDED")
    go(page, "Outbox")
    page.get_by_role("row", name=re.compile("ann@example.com")).get_by_role("link").click()
    expect(page.get_by_role("article", name="Message")).to_contain_text("Your event has been scheduled")
    expect(page.get_by_role("heading", name="Attachment event.ics")).to_be_visible()
    expect(page.get_by_text("Consultation between Sam Solo and Ann Lee").first).to_be_visible()


def test_find_out_why_there_is_no_slot(page: Page, client: httpx.Client) -> None:
    refused = book(client, "2030-01-09T12:00:00Z")
    assert refused.status_code == 400
    page.get_by_role("row", name="POST /v2/bookings").get_by_role("link").click()
    page.get_by_role("link", name="Why is there no slot on 2030-01-09?").click()
    expect(page.get_by_role("heading", name="2030-01-09: 5 of 8 slots are offered")).to_be_visible()
    rule = page.get_by_role("row", name=re.compile("^calendar"))
    expect(rule).to_contain_text("A calendar that is checked for conflicts is busy.112:00")
    expect(page.locator("svg .mark.removed >> visible=true")).to_have_count(4)  # Three slots, and the legend.
    page.get_by_label("From").fill("2030-01-12")
    page.get_by_label("To", exact=True).fill("2030-01-12")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("The schedule has no working hours on this day.")).to_be_visible()


def test_replay_a_webhook(page: Page, client: httpx.Client) -> None:
    subscribe(client)
    go(page, "Webhooks")
    page.get_by_label("Sample of").select_option("BOOKING_CREATED")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("row", name=re.compile("delivered")).get_by_role("link").click()
    expect(page.get_by_role("heading", name="BOOKING_CREATED, delivery 1")).to_be_visible()
    page.get_by_role("button", name="Replay").click()
    expect(page).to_have_url(re.compile("#/webhooks/2$"))
    expect(page.locator(".facts").first).to_contain_text("Replay of1")
    received = client.get("/_sandbox/webhooks/inbox/mine", params={"count": 2}).json()["received"]
    assert received[0]["body"] == received[1]["body"]


def test_add_a_fault_and_see_it_hit(page: Page, client: httpx.Client) -> None:
    go(page, "Faults")
    page.get_by_label("Operation").fill("get_me")
    page.get_by_role("spinbutton", name="Status").fill("503")
    page.get_by_label("First").fill("1")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row", name=re.compile("fault-1"))).to_contain_text("first: 1, status: 503")
    assert [client.get("/v2/me").status_code for _ in range(2)] == [503, 200]
    go(page, "Requests")
    expect(page.get_by_role("row", name=re.compile("503"))).to_contain_text("fault-1")
    go(page, "Faults")
    expect(page.get_by_role("row", name=re.compile("fault-1"))).to_have_text(re.compile("5032" + "1Remove$"))
    page.get_by_role("button", name="Remove fault-1").click()
    expect(page.get_by_text("No request fails on purpose.")).to_be_visible()


def test_a_pane_that_was_left_while_loading_does_not_change_the_address(page: Page, client: httpx.Client) -> None:
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/_sandbox$"), hold)
    with page.expect_request(re.compile("/_sandbox$")), page.expect_response(re.compile("/requests.js$")):
        page.reload(wait_until="commit")
    page.get_by_role("navigation", name="Panes").get_by_role("link", name="Faults").click()
    for each in held:
        each.continue_()
    expect(page.get_by_role("heading", name="Faults")).to_be_visible()
    expect(page).to_have_url(f"{client.base_url}#/faults")
    go(page, "Requests")
    expect(page.get_by_role("heading", name="Requests")).to_be_visible()


def test_branch_and_reset_a_world(page: Page, client: httpx.Client, running: RunningSandbox) -> None:
    go(page, "Worlds")
    page.get_by_label(re.compile("Name of a branch")).fill("my-branch")
    page.get_by_role("button", name="Branch").click()
    page.get_by_role("link", name="my-branch").click()
    expect(page).to_have_url(f"{running.url}/w/my-branch/#/requests")
    httpx.patch(f"{running.url}/w/my-branch/v2/me", headers=client.headers, json={"name": "Sam S."}).raise_for_status()
    go(page, "Worlds")
    page.get_by_role("link", name="users").click()
    expect(page.get_by_role("row", name=re.compile("users 4"))).to_contain_text('"Sam Solo" → "Sam S."')
    go(page, "Worlds")
    page.get_by_role("button", name="Reset my-branch").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("row", name=re.compile("users"))).to_be_visible()
    page.get_by_role("button", name="Reset my-branch").click()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_text("It is as it was at its start.")).to_be_visible()
    changed = client.get(f"{running.url}/w/my-branch/_sandbox/comparison").json()
    assert changed == {"collections": []}
    client.delete("/_sandbox/worlds/my-branch").raise_for_status()


def test_follow_the_history_and_the_links_of_an_entity(page: Page, client: httpx.Client) -> None:
    book(client, "2030-01-08T10:00:00Z").raise_for_status()
    client.patch("/v2/me", json={"name": "<b>Sam</b>"}).raise_for_status()
    go(page, "State")
    page.get_by_role("link", name="bookings", exact=True).click()
    page.get_by_role("row", name=re.compile("Consultation")).get_by_role("link", name="1", exact=True).click()
    page.get_by_role("link", name="attendees by booking_id").click()
    expect(page.get_by_role("region", name="1 row")).to_contain_text("ann@example.com")
    page.go_back()
    page.get_by_role("link", name="users 4").click()
    expect(page.get_by_role("region", name="Commits, newest first")).to_contain_text('"Sam Solo" → "<b>Sam</b>"')


def check_fit(page: Page) -> None:
    """The page does not scroll sideways, and nothing is styled inline."""
    expect(page.locator(".pane[aria-busy=false] h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url
    assert page.locator("[style]").count() == 0


def test_all_panes_are_reached_by_keyboard_and_fit_a_small_screen(browser: Browser, client: httpx.Client) -> None:
    subscribe(client)
    book(client, "2030-01-08T10:00:00Z").raise_for_status()
    small = {"width": 390, "height": 844}
    with browser.new_context(base_url=str(client.base_url), viewport=small, color_scheme="dark") as context:
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.extend(complaint(message)))
        page.goto("")
        expect(page.locator(".pane[aria-busy=false]")).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        keys = ["Tab"] * 4  # The world, the clock, the documentation, the first pane.
        for name in (*PANES[1:], PANES[0]):
            for key in keys:
                page.keyboard.press(key)
            while page.evaluate("document.activeElement.textContent") != name:
                page.keyboard.press(keys[0])
            page.keyboard.press("Enter")
            expect(page.locator("#main")).to_be_focused()
            keys = ["Shift+Tab"]  # The content comes after the navigation.
            expect(page.locator("#panes a[aria-current=page]")).to_have_text(name)
            check_fit(page)
        for place in ("requests/2", "state/bookings", "state/bookings/1", "webhooks/1", "outbox/1", "worlds/bookings"):
            page.evaluate("place => location.hash = `#/${place}`", place)
            expect(page.locator("h1", has_text=re.compile("bookings|BOOKING|Consultation"))).to_be_visible()
            check_fit(page)
        assert complaints == []


def test_an_open_sandbox_asks_for_its_token_and_keeps_it_in_the_tab(browser: Browser) -> None:
    with running_sandbox(Settings(admin_token="only-the-admin-knows")) as guarded, browser.new_context() as context:
        page = context.new_page()
        page.goto(guarded.url)
        token = page.get_by_label("Token", exact=True)
        token.fill("wrong")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("This is not the token of this sandbox.")).to_be_visible()
        token.fill("only-the-admin-knows")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Requests")).to_be_visible()
        assert page.evaluate("[localStorage.length, document.cookie, Object.values(sessionStorage)]") == [
            0,
            "",
            ["only-the-admin-knows"],
        ]
