"""The control plane under `/_sandbox`: health, reset, snapshots, worlds, clock, journal, webhooks, outbox.

It takes and returns JSON and is not part of the description. It requires a loopback client or the admin token.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Callable
from contextlib import suppress
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server import areas
from mock_server.runtime.connexion_app import FindHandler
from mock_server.runtime.delivery_mark import is_delivery
from mock_server.runtime.description import Description
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.json_values import is_object
from mock_server.runtime.reply import Reply, json_reply
from mock_server.runtime.request_body import read_body
from mock_server.runtime.settings import LOOPBACK_HOSTS, Settings
from mock_server.runtime.workers import Workers
from mock_server.sandbox import (
    attribute_syncs,
    commits,
    comparison,
    custom_roles,
    delegation,
    doctor,
    jobs,
    notifications,
    oauth2,
    outbox,
    requests,
    state,
    user_calendar,
)
from mock_server.sandbox.clock import advance_clock, change_clock, clock_view
from mock_server.sandbox.commits import CommitControls
from mock_server.sandbox.consent import consent_page
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.explain import explain_slots
from mock_server.sandbox.faults import FaultControls
from mock_server.sandbox.feeds import feed_file
from mock_server.sandbox.instant_meetings import join_meeting
from mock_server.sandbox.manifest import manifest, operations_view
from mock_server.sandbox.outbox import OutboxControls
from mock_server.sandbox.queries import read_query
from mock_server.sandbox.requests import RequestControls
from mock_server.sandbox.video import FILE_PARAMETERS, put_video, video_file
from mock_server.sandbox.webhooks import DELIVERY_PARAMETERS, INBOX_PARAMETERS, WebhookControls
from mock_server.state import snapshot as snapshots
from mock_server.state.companion import Slot
from mock_server.state.errors import SnapshotUnusable, TooManyWorlds, UnknownWorld, WorldExists
from mock_server.state.work import WorkError, WorkStopped
from mock_server.state.worlds import DEFAULT_WORLD, NewState, StoreStatus, World, Worlds

PREFIX = "/_sandbox"
HEALTH = f"{PREFIX}/health"
AUTHORIZE = f"{PREFIX}/oauth2/authorize"
INBOX_PATH = f"{PREFIX}/webhooks/inbox/"
SNAPSHOT_LIMIT = 64 * 1024 * 1024
BODY_LIMIT = 4 * 1024 * 1024
WORK_LIMIT = 300_000_000
"""The budget for work on a whole world, see state.work."""
WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class _WorldSource(msgspec.Struct, frozen=True):
    """The source of a new world, with an undecoded snapshot."""

    world: Any = None
    snapshot: msgspec.Raw = msgspec.Raw()


class _WorldRequest(msgspec.Struct, frozen=True):
    """The body of a request for a new world."""

    id: Any = msgspec.UNSET
    origin: _WorldSource = msgspec.field(name="from", default=_WorldSource())


Handler = Callable[["ControlPlane", Exchange, str | None], Any]


class ControlPlane:
    """Handles requests under the prefix and passes on all others."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        worlds: Worlds,
        description: Description,
        find_handler: FindHandler,
        requests: RequestControls,
        commits: CommitControls,
        webhooks: WebhookControls,
        outbox: OutboxControls,
        faults: FaultControls,
        workers: Workers,
        shared: tuple[Slot[Any], ...] = (),
    ) -> None:
        self.app = app
        self._settings = settings
        self._webhooks = webhooks
        self._outbox = outbox
        self._faults = faults
        self._worlds = worlds
        self._requests = requests
        self._commits = commits
        self._workers = workers
        self._shared = shared
        self._operations = operations_view(description, find_handler)
        self._stateful = sum(operation["stateful"] for operation in self._operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        if exchange.path != PREFIX and not exchange.path.startswith(PREFIX + "/"):
            await self.app(scope, receive, send)
            return
        try:
            self._check(exchange)
            handler, argument = _find(exchange)
            if handler not in OWN_QUERIES:
                read_query(exchange.query_string, QUERIES.get(handler, ()), f"{exchange.method} {exchange.path}")
            if "content-length" in exchange.headers or "transfer-encoding" in exchange.headers:
                limit = SNAPSHOT_LIMIT if handler in TAKING_SNAPSHOTS else BODY_LIMIT
                exchange.raw_body = await read_body(exchange, receive, limit, self._settings.read_timeout)
            exchange.world.check_exists()  # It may have been dropped while the body arrived.
            await self._read_shared(exchange.world)
            exchange.reply = await self._dispatch(handler, exchange, argument)
        except UnknownWorld as error:
            exchange.reply = json_reply(404, {"error": str(error)}, enveloped=False)
        except Refused as refusal:
            exchange.reply = json_reply(refusal.status, {"error": str(refusal)}, enveloped=False)
        except WorkError as error:
            status = 503 if isinstance(error, WorkStopped) else 400
            exchange.reply = json_reply(status, {"error": str(error)}, enveloped=False)

    async def _read_shared(self, world: World) -> None:
        """Reads what other processes have added beside the state of the world. Raises StoreUnavailable."""
        if world.companion.feed is not None:
            for slot in self._shared:
                _ = world.companion[slot]
            await world.companion.feed.pull()

    async def _dispatch(self, handler: Handler, exchange: Exchange, argument: str | None) -> Reply:
        if handler in IN_THREAD:
            return await self._workers.run(self._dispatch_in_thread, handler, exchange, argument, limit=WORK_LIMIT)
        if handler not in RAW_BODY:
            exchange.body = _decoded(exchange.raw_body)
        content = handler(self, exchange, argument)
        if isawaitable(content):
            content = await content
            exchange.world.check_exists()  # It may have been dropped while the call waited.
        if isinstance(content, Reply):
            return content
        if handler in LARGE_REPLIES:
            return await self._workers.run(_json_reply, content)
        return _json_reply(content)

    def _dispatch_in_thread(self, handler: Handler, exchange: Exchange, argument: str | None) -> Reply:
        return _json_reply(handler(self, exchange, argument))

    def _check(self, exchange: Exchange) -> None:
        """Refuses webhook deliveries, except to inboxes, and unauthorized callers."""
        if is_delivery(exchange.headers):
            if not (exchange.method == "POST" and exchange.path.startswith(INBOX_PATH)):
                raise Refused(403, "The control plane takes no deliveries of webhooks, except at its inboxes.")
            return
        if self._settings.is_loopback:
            _check_host(exchange)
        if exchange.path == AUTHORIZE and exchange.method == "POST":
            _check_origin(exchange)  # The form may have the admin token.
        elif not _is_public(exchange):
            self._check_caller(exchange)

    def _check_caller(self, exchange: Exchange) -> None:
        """Refuses callers without the admin token, if one is set, and web pages of other origins."""
        headers = exchange.headers
        token = headers.get("sandbox-token") or headers.get("authorization", "").removeprefix("Bearer ")
        if self._is_admin_token(token):
            return
        if self._needs_token:
            raise Refused(
                403,
                "The control plane of this sandbox needs the header Sandbox-Token with its admin token: the one that "
                "it was started with, or printed at start.",
            )
        _check_origin(exchange)

    @property
    def _needs_token(self) -> bool:
        return self._settings.admin_token is not None or not self._settings.is_loopback

    def _is_admin_token(self, token: str) -> bool:
        expected = self._settings.admin_token
        return expected is not None and hmac.compare_digest(token.encode(), expected.encode())

    async def show_manifest(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """What a program needs to know: edition, operations, credentials, worlds, snippets, calls.

        URLs of the sandbox, credentials of the world, all operations with their evidence, all calls of the control
        plane.
        """
        await self._worlds.refresh()
        calls = [
            {"method": method, "path": f"{PREFIX}{path}", "does": _does(handler), "query": QUERIES.get(handler, ())}
            for (method, path), handler in ROUTES.items()
        ]
        return manifest(
            exchange.world,
            self._worlds,
            base_url=exchange.base_url,
            edition=self._settings.edition,
            operations=self._operations,
            calls=calls,
        )

    def list_collections(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The collections of the state.

        Each with its key, its references to others and the fields that it can be filtered by.
        """
        return state.list_collections(exchange.world)

    def list_rows(self, exchange: Exchange, name: str | None) -> dict[str, Any]:
        """A page of the rows of a collection, filtered by indexed fields.

        Ordered by key: `?skip=`, `?limit=` (100), and `?user_id=4` or any other of its fields that is indexed; `null`
        stands for null. Like a snapshot, rows are not masked.
        """
        return state.list_rows(exchange.world, name or "", exchange.query_string)

    async def list_commits(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The last changes of the state, newest first.

        Each has its rows before and after, not masked. `?collection=` and `?key=` narrow it. The journal has the same
        numbers in `commit`. Commits from before the server started are not listed.
        """
        return await self._commits.list_commits(exchange.world, _query(exchange))

    async def health(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The status of the server, the numbers of all operations and of stateful ones, and the answering process.

        Answers 200 as soon as requests can be served, and needs no token. Where worlds are spread over several stores,
        `stores` has the status of each, and `status` is `degraded` while one of them cannot be used.
        """
        await self._worlds.refresh()
        stores = self._worlds.stores()
        return {
            "status": "degraded" if any(each.trouble for each in stores) else "ok",
            "edition": self._settings.edition,
            "operations": len(self._operations),
            "stateful": self._stateful,
            "world": exchange.world.name,
            "worlds": len(self._worlds.all()),
            "version": exchange.world.version,
            "process": os.getpid(),
            **({"stores": [_store_view(each) for each in stores]} if stores else {}),
        }

    async def reset(self, exchange: Exchange, _: str | None) -> dict[str, str]:
        """Resets the world.

        It goes back to the state and the clock that it started with.
        """
        await exchange.world.reset_async()
        return {"status": "ok", "world": exchange.world.name}

    def take_snapshot(self, exchange: Exchange, _: str | None) -> snapshots.Snapshot:
        """A snapshot of the world.

        One document with the whole state, not masked, which `serve --world` takes, too.
        """
        return snapshots.take(exchange.world.root)

    async def restore_snapshot(self, exchange: Exchange, _: str | None) -> dict[str, str]:
        """Restores the world from a snapshot."""
        await exchange.world.restore_async(await self._state_of(exchange.raw_body))
        return {"status": "ok", "world": exchange.world.name}

    async def create_world(self, exchange: Exchange, _: str | None) -> Reply:
        """Creates a world: a branch of the request's world or of `from.world`, or from `from.snapshot`.

        `{"id": "mine"}` branches this one; `{"id": "mine", "from": {"world": "other"}}` or `{"from": {"snapshot":
        {...}}}` another. Without an `id`, a free name is chosen. The API of the world is at `/w/mine/v2/...`, its
        control plane at `/w/mine/_sandbox/...`.
        """
        request = await self._workers.run(_world_request, exchange.raw_body)
        name: Any = request.id
        if name is not msgspec.UNSET and not (isinstance(name, str) and WORLD_NAME.fullmatch(name)):
            raise Refused(400, "`id` takes letters, digits, dot, dash and underscore, at most 64 of them.")
        origin, source = request.origin, str(request.origin.world or exchange.world.name)
        state = await self._state_of(bytes(origin.snapshot)) if origin.snapshot else None
        try:
            if name is msgspec.UNSET:
                world = await self._create_unnamed(source, state)
            else:
                world = await self._create(name, source, state)
        except (WorldExists, TooManyWorlds) as error:
            raise Refused(409, str(error)) from None
        return json_reply(201, _world_view(world), enveloped=False)

    async def _create_unnamed(self, source: str, state: NewState | None) -> World:
        while True:
            await self._worlds.refresh()
            with suppress(WorldExists):  # Another process has created a world of that name in the meantime.
                return await self._create(self._worlds.free_name(), source, state)

    async def _create(self, name: str, source: str, state: NewState | None) -> World:
        if state is None:
            return await self._worlds.create_async(name, source)
        return await self._worlds.create_from_async(name, state)

    async def list_worlds(self, _exchange: Exchange, _: str | None) -> list[dict[str, Any]]:
        """Lists all worlds."""
        await self._worlds.refresh()
        return [_world_view(world) for world in self._worlds.all()]

    async def get_world(self, _exchange: Exchange, name: str | None) -> dict[str, Any]:
        """One world."""
        await self._worlds.refresh()
        return _world_view(self._worlds.get(name or ""))

    async def drop_world(self, _exchange: Exchange, name: str | None) -> dict[str, str]:
        """Drops a world.

        Requests that arrive later are answered with 404.
        """
        if name == DEFAULT_WORLD:
            raise Refused(400, "The default world cannot be dropped; POST /_sandbox/reset resets it.")
        await self._worlds.drop_async(name or "")
        return {"status": "ok"}

    def get_clock(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The world's time."""
        return clock_view(exchange.world)

    async def set_clock(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """Sets, freezes or thaws the world's clock.

        `{"now": "2031-01-06T08:00:00Z", "frozen": true}`, or one of the two; `{}` returns to the real time. Jobs that
        fall due run first.
        """
        await change_clock(exchange.world, _object(exchange.body), self._worlds.real_time())
        return clock_view(exchange.world)

    async def advance_clock(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """Moves the world's clock forward.

        `{"minutes": 61}`. `weeks`, `days`, `hours`, `minutes`, `seconds` and `milliseconds` are added up. The jobs that
        fall due run in their order before the reply.
        """
        await advance_clock(exchange.world, _object(exchange.body), self._worlds.real_time())
        return clock_view(exchange.world)

    def list_jobs(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The jobs that fall due as the clock moves on, the next one first.

        In pages: `?skip=`, `?limit=` (100).
        """
        return jobs.list_jobs(exchange.world, _query(exchange))

    def show_calendar(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The bookings, busy times and absences of a user.

        In the user's time zone: `?userId=4`, `?from=2030-01-07` (the Monday of this week), `?days=` (7).
        """
        return user_calendar.user_calendar(exchange.world.begin(), _query(exchange))

    def compare(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The rows that differ from those of the world's start.

        How many rows of which collections differ; with `?collection=` a page of those rows, before and after: `?skip=`,
        `?limit=` (100).
        """
        return comparison.compare_with_start(exchange.world, _query(exchange))

    def examine(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """Checks the consistency of the world, as `cal-mock doctor` shows it.

        `complaints` is empty when there are no contradictions.
        """
        world = exchange.world
        return {
            "world": world.name,
            "rows": sum(len(table.rows) for table in world.root.tables.values()),
            "complaints": doctor.examine(world.root, world.begin().now, areas.invariants()),
        }

    async def list_requests(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The requests that were made to the API, newest first.

        Each with its reply, operation, caller, commit, duration, what refused it, and whether the reply matches the
        description; credentials are masked. `?operation=`, `?status=404` (or `4xx`), `?caller=` (a user's id, a kind of
        credentials such as `api-key`, or `none`) and `?text=` (in the URL, the hint and the first 10 KB of the bodies)
        narrow it; `?summary=true` leaves out headers, bodies and the check of the reply.
        """
        return await self._requests.list_requests(exchange.world, _query(exchange))

    def get_request(self, exchange: Exchange, number: str | None) -> dict[str, Any]:
        """One request with its reply, the rule that refused it, its hint and its commit.

        Its `requestId` is also that of the messages and deliveries that it caused.
        """
        return self._requests.get(exchange.world, number or "")

    async def send_request_again(self, exchange: Exchange, number: str | None) -> dict[str, Any]:
        """Makes a request of the journal again, with the same credentials.

        Returns the entry of the new request.
        """
        return await self._requests.send_again(exchange.world, number or "")

    def clear_requests(self, exchange: Exchange, _: str | None) -> dict[str, str]:
        """Empties the journal."""
        return self._requests.clear(exchange.world)

    def show_consent_page(self, exchange: Exchange, provider: str | None) -> Reply:
        """The consent page of a third party.

        `google`, `office365`, `zoom`, `msteams` or `stripe`: the page that addresses of the API lead to. It can be
        opened from a link on any site.
        """
        return consent_page(exchange, provider)

    def show_authorization_page(self, exchange: Exchange, _: str | None) -> Reply:
        """The page on which a user gives a third-party client access.

        It can be opened from a link on any site. On an address that is open to the network, and wherever a token was
        set, its form asks for the admin token.
        """
        return oauth2.authorization_page(exchange, needs_token=self._needs_token)

    async def decide_authorization(self, exchange: Exchange, _: str | None) -> Reply:
        """Takes the form of that page."""
        form = oauth2.read_form(exchange)
        token = form.get("token") or exchange.headers.get("sandbox-token", "")
        if self._needs_token and not self._is_admin_token(token):
            raise Refused(403, "This needs the admin token of this sandbox, as `token` of the form.")
        return await oauth2.decide(exchange.world, form)

    def list_oauth2_clients(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The third-party OAuth2 clients."""
        return oauth2.list_clients(exchange.world)

    async def create_oauth2_client(self, exchange: Exchange, _: str | None) -> Reply:
        """Registers a third-party OAuth2 client.

        `{"name": "My app", "redirectUri": "https://app.example.com/back", "scopes": ["BOOKING_READ"]}`, with
        `clientType`, `status`, `userId`, `logo` and `isTrusted` where needed. The reply alone has the secret.
        """
        return json_reply(201, await oauth2.create_client(exchange.world, exchange.body), enveloped=False)

    async def delete_oauth2_client(self, exchange: Exchange, client_id: str | None) -> dict[str, str]:
        """Deletes a third-party OAuth2 client."""
        return await oauth2.delete_client(exchange.world, client_id or "")

    async def set_features(self, exchange: Exchange, team_id: str | None) -> dict[str, Any]:
        """Switches custom roles on or off.

        `{"pbac": true}` puts custom roles to use in an organization and its teams, or in one team; `false` stops it. In
        a world file: `team_features: [{team_id: 1, pbac: true}]`.
        """
        return await custom_roles.set_features(exchange.world, team_id or "", exchange.body)

    async def set_role(self, exchange: Exchange, membership_id: str | None) -> dict[str, Any]:
        """Gives a member a custom role.

        `{"roleId": "..."}` names a role of the organization or team, or a system role. It counts until the membership's
        `role` is set again.
        """
        return await custom_roles.set_role(exchange.world, membership_id or "", exchange.body)

    async def link_chat(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """Links a chat to a user.

        As a user does who sends the token of a link intent to the bot: `{"token": "...", "identifier": "U024BE7LH",
        "teamId": "T024BE7LD"}`, without `teamId` for Telegram.
        """
        return await notifications.link_chat(exchange.world, exchange.body)

    async def add_attribute_sync(self, exchange: Exchange, organization_id: str | None) -> Reply:
        """Records a run of the synchronization of attributes.

        As a directory does that is connected to the live service: `{"provider": "okta", "status": "APPLIED", "userId":
        3, "appliedFieldMappings": [{"attributeSlug": "office", "sourceField": "location", "newValue": "Rome",
        "outcome": "UPDATED"}]}`, with the names of the reply of the sync history. It is recorded only: attributes and
        memberships stay as they are.
        """
        added = await attribute_syncs.add_run(exchange.world, organization_id or "", exchange.body)
        return json_reply(201, added, enveloped=False)

    async def set_rotation(self, exchange: Exchange, credential_id: str | None) -> dict[str, Any]:
        """Lets replacements of a delegation credential's secret fail or succeed.

        `{"failure": "missing_permission"}` lets every attempt to replace the secret of a Microsoft credential fail,
        until `{"failure": null}`. After 48 hours of the world's clock, `DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED`
        is sent and `reset-rotation` is needed.
        """
        return await delegation.set_rotation(exchange.world, credential_id or "", exchange.body)

    def show_feed(self, exchange: Exchange, file: str | None) -> Reply:
        """An ICS feed."""
        return feed_file(exchange, file)

    async def join_meeting(self, exchange: Exchange, uid: str | None) -> dict[str, Any]:
        """Lets a host join an instant meeting.

        `{"userId": 1}` lets a member of the team join a meeting that waits for a host, as with the link in the event
        `INSTANT_MEETING`. The booking is accepted, and `INSTANT_MEETING_ACCEPTED` is sent.
        """
        return await join_meeting(exchange.world, uid or "", exchange.body)

    async def put_video(self, exchange: Exchange, uid: str | None) -> dict[str, Any]:
        """Sets what the video service has of a booking's meeting.

        `{"recordings": [...], "transcripts": [...], "sessions": [...]}`, with the fields of the API.
        """
        return await put_video(exchange, uid or "")

    def show_video_file(self, exchange: Exchange, uid: str | None) -> Reply:
        """The file of a recording or a transcript.

        The address is in the links of the API, and good for an hour.
        """
        return video_file(exchange.world, uid or "", _query(exchange))

    async def list_deliveries(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """Webhook deliveries, newest first.

        Each has its request, signature, reply, attempts and duration, or the reason why it was not sent. `?trigger=`,
        `?webhookId=` and `?requestId=` narrow it; `?wait=5` waits until none is under way, and with `?since=` also
        until there is a later one.
        """
        return await self._webhooks.list_deliveries(exchange.world, _query(exchange))

    def get_delivery(self, exchange: Exchange, number: str | None) -> dict[str, Any]:
        """One delivery."""
        return self._webhooks.get_delivery(exchange.world, number or "")

    async def clear_deliveries(self, exchange: Exchange, _: str | None) -> dict[str, str]:
        """Forgets all deliveries."""
        return await self._webhooks.clear_deliveries(exchange.world)

    async def replay_delivery(self, exchange: Exchange, number: str | None) -> Reply:
        """Sends the request of a delivery again.

        With the same body and signature.
        """
        return json_reply(202, await self._webhooks.replay(exchange.world, number or ""), enveloped=False)

    async def trigger_webhook(self, exchange: Exchange, _: str | None) -> Reply:
        """Sends a sample of a trigger.

        `{"trigger": "BOOKING_CREATED"}` sends it to all webhooks that subscribe to it; `webhookIds` or `subscriberUrls`
        choose among them, `payload` replaces the sample. It is the only source of OOO_CREATED,
        DELEGATION_CREDENTIAL_ERROR, CALENDAR_ENTRY_REJECTED and WRONG_ASSIGNMENT_REPORT, which no operation of the API
        causes here.
        """
        sent = await self._webhooks.trigger(exchange.world, _object(exchange.body))

        def reply() -> Reply:
            return json_reply(202, {"deliveries": [each.view() for each in sent]}, enveloped=False)

        return await self._workers.run(reply)

    def receive_webhook(self, exchange: Exchange, name: str | None) -> dict[str, str]:
        """Stores a request to an inbox.

        Use its address as `subscriberUrl`. Any name will do.
        """
        return self._webhooks.receive(exchange.world, name or "", exchange.headers, exchange.raw_body)

    async def read_inbox(self, exchange: Exchange, name: str | None) -> dict[str, Any]:
        """The requests to an inbox, oldest first.

        `?count=2` waits until there are two, `?since=` lists what came after that number.
        """
        return await self._webhooks.read_inbox(exchange.world, name or "", _query(exchange))

    def clear_inbox(self, exchange: Exchange, name: str | None) -> dict[str, str]:
        """Empties an inbox."""
        return self._webhooks.clear_inbox(exchange.world, name or "")

    async def list_outbox(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """E-mails and texts that the live service would have sent, newest first.

        `?to=`, `?channel=` (`email`, `sms` or `whatsapp`), `?kind=`, `?bookingUid=` and `?requestId=` narrow it.
        `?count=2` waits until two match, for at most `?wait=` seconds (10); `?wait=` alone waits for one.
        """
        return await self._outbox.list_messages(exchange.world, _query(exchange))

    def clear_outbox(self, exchange: Exchange, _: str | None) -> dict[str, str]:
        """Forgets all messages."""
        return self._outbox.clear(exchange.world)

    async def list_faults(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The faults, in the order in which they are tried.

        Each with the numbers of requests that it `matched` and `affected`.
        """
        return await self._faults.list(exchange.world)

    async def add_fault(self, exchange: Exchange, _: str | None) -> Reply:
        """Adds a fault.

        `{"operation": "create_booking", "status": 503, "first": 2}` makes the first two attempts fail. It is tried
        after the others.
        """
        return json_reply(201, await self._faults.add(exchange.world, exchange.body), enveloped=False)

    async def replace_faults(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """Replaces all faults.

        The body is a list of faults.
        """
        return await self._faults.replace(exchange.world, exchange.body)

    async def clear_faults(self, exchange: Exchange, _: str | None) -> dict[str, str]:
        """Removes all faults."""
        return await self._faults.clear(exchange.world)

    async def get_fault(self, exchange: Exchange, fault_id: str | None) -> dict[str, Any]:
        """One fault."""
        return await self._faults.get(exchange.world, fault_id or "")

    async def remove_fault(self, exchange: Exchange, fault_id: str | None) -> dict[str, str]:
        """Removes one fault."""
        return await self._faults.remove(exchange.world, fault_id or "")

    def explain_slots(self, exchange: Exchange, _: str | None) -> dict[str, Any]:
        """The rules that removed slots, for a query of `GET /v2/slots`.

        Takes the query of `GET /v2/slots` of version 2024-09-04, and lists by day which slots are planned and offered,
        and which rule removed which.
        """
        return explain_slots(exchange.world.begin(), exchange.query_string)

    async def _state_of(self, document: bytes) -> NewState:
        try:
            return await self._workers.run(self._read_snapshot, document, limit=WORK_LIMIT)
        except SnapshotUnusable as error:
            raise Refused(400, str(error)) from None

    def _read_snapshot(self, document: bytes) -> NewState:
        _decoded(document, msgspec.Raw)
        return self._worlds.state_from(snapshots.read(document))


TAKING_SNAPSHOTS = frozenset({ControlPlane.restore_snapshot, ControlPlane.create_world})

ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", ""): ControlPlane.show_manifest,
    ("GET", "/health"): ControlPlane.health,
    ("POST", "/reset"): ControlPlane.reset,
    ("GET", "/snapshot"): ControlPlane.take_snapshot,
    ("PUT", "/snapshot"): ControlPlane.restore_snapshot,
    ("POST", "/worlds"): ControlPlane.create_world,
    ("GET", "/worlds"): ControlPlane.list_worlds,
    ("GET", "/worlds/{id}"): ControlPlane.get_world,
    ("DELETE", "/worlds/{id}"): ControlPlane.drop_world,
    ("GET", "/clock"): ControlPlane.get_clock,
    ("PUT", "/clock"): ControlPlane.set_clock,
    ("POST", "/clock/advance"): ControlPlane.advance_clock,
    ("GET", "/jobs"): ControlPlane.list_jobs,
    ("GET", "/calendar"): ControlPlane.show_calendar,
    ("GET", "/comparison"): ControlPlane.compare,
    ("GET", "/doctor"): ControlPlane.examine,
    ("GET", "/requests"): ControlPlane.list_requests,
    ("DELETE", "/requests"): ControlPlane.clear_requests,
    ("GET", "/requests/{id}"): ControlPlane.get_request,
    ("POST", "/requests/{id}/replay"): ControlPlane.send_request_again,
    ("GET", "/state"): ControlPlane.list_collections,
    ("GET", "/state/{id}"): ControlPlane.list_rows,
    ("GET", "/commits"): ControlPlane.list_commits,
    ("GET", "/explain/slots"): ControlPlane.explain_slots,
    ("GET", "/faults"): ControlPlane.list_faults,
    ("POST", "/faults"): ControlPlane.add_fault,
    ("PUT", "/faults"): ControlPlane.replace_faults,
    ("DELETE", "/faults"): ControlPlane.clear_faults,
    ("GET", "/faults/{id}"): ControlPlane.get_fault,
    ("DELETE", "/faults/{id}"): ControlPlane.remove_fault,
    ("GET", "/outbox"): ControlPlane.list_outbox,
    ("DELETE", "/outbox"): ControlPlane.clear_outbox,
    ("GET", "/webhooks/deliveries"): ControlPlane.list_deliveries,
    ("DELETE", "/webhooks/deliveries"): ControlPlane.clear_deliveries,
    ("GET", "/webhooks/deliveries/{id}"): ControlPlane.get_delivery,
    ("POST", "/webhooks/deliveries/{id}/replay"): ControlPlane.replay_delivery,
    ("POST", "/webhooks/trigger"): ControlPlane.trigger_webhook,
    ("POST", "/webhooks/inbox/{id}"): ControlPlane.receive_webhook,
    ("GET", "/webhooks/inbox/{id}"): ControlPlane.read_inbox,
    ("DELETE", "/webhooks/inbox/{id}"): ControlPlane.clear_inbox,
    ("GET", "/oauth/{id}"): ControlPlane.show_consent_page,
    ("GET", "/oauth2/authorize"): ControlPlane.show_authorization_page,
    ("POST", "/oauth2/authorize"): ControlPlane.decide_authorization,
    ("GET", "/oauth2-clients"): ControlPlane.list_oauth2_clients,
    ("POST", "/oauth2-clients"): ControlPlane.create_oauth2_client,
    ("DELETE", "/oauth2-clients/{id}"): ControlPlane.delete_oauth2_client,
    ("PUT", "/features/{id}"): ControlPlane.set_features,
    ("PUT", "/memberships/{id}/role"): ControlPlane.set_role,
    ("POST", "/notifications/chats"): ControlPlane.link_chat,
    ("GET", "/feeds/{id}"): ControlPlane.show_feed,
    ("POST", "/organizations/{id}/attribute-syncs"): ControlPlane.add_attribute_sync,
    ("PUT", "/delegation-credentials/{id}/rotation"): ControlPlane.set_rotation,
    ("POST", "/bookings/{id}/join"): ControlPlane.join_meeting,
    ("PUT", "/bookings/{id}/video"): ControlPlane.put_video,
    ("GET", "/video/{id}"): ControlPlane.show_video_file,
}


IN_THREAD: frozenset[Handler] = frozenset(
    {
        ControlPlane.take_snapshot,
        ControlPlane.examine,
        ControlPlane.list_rows,
        ControlPlane.explain_slots,
        ControlPlane.show_calendar,
        ControlPlane.compare,
    }
)
"""Handlers that are slow for a large world. They only read, so they run in a thread."""
LARGE_REPLIES: frozenset[Handler] = frozenset(
    {
        ControlPlane.list_requests,
        ControlPlane.list_commits,
        ControlPlane.list_deliveries,
        ControlPlane.read_inbox,
        ControlPlane.list_outbox,
    }
)
QUERIES: dict[Handler, tuple[str, ...]] = {
    ControlPlane.list_requests: requests.PARAMETERS,
    ControlPlane.list_commits: commits.PARAMETERS,
    ControlPlane.list_jobs: jobs.PARAMETERS,
    ControlPlane.show_calendar: user_calendar.PARAMETERS,
    ControlPlane.compare: comparison.PARAMETERS,
    ControlPlane.list_deliveries: DELIVERY_PARAMETERS,
    ControlPlane.read_inbox: INBOX_PARAMETERS,
    ControlPlane.list_outbox: outbox.PARAMETERS,
    ControlPlane.show_video_file: FILE_PARAMETERS,
}
"""The query parameters of calls that take some."""
OWN_QUERIES: frozenset[Handler] = frozenset(
    {
        ControlPlane.list_rows,
        ControlPlane.explain_slots,
        ControlPlane.receive_webhook,
        ControlPlane.show_consent_page,
        ControlPlane.show_authorization_page,
        ControlPlane.decide_authorization,
    }
)
"""Handlers that read the query themselves."""
RAW_BODY: frozenset[Handler] = frozenset(
    {
        ControlPlane.restore_snapshot,
        ControlPlane.create_world,
        ControlPlane.receive_webhook,
        ControlPlane.decide_authorization,
    }
)
"""Handlers that decode the body themselves."""


def _check_host(exchange: Exchange) -> None:
    """Refuses unknown host names, which a web page may resolve to loopback to bypass the same-origin policy."""
    host = _host_of(f"//{exchange.headers.get('host', '')}")
    if host is not None and host not in LOOPBACK_HOSTS:
        raise Refused(403, f"The control plane answers to the hosts {', '.join(sorted(LOOPBACK_HOSTS))} only.")


def _check_origin(exchange: Exchange) -> None:
    """Refuses web pages of other origins."""
    headers = exchange.headers
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{headers.get('host')}", f"https://{headers.get('host')}"):
        raise Refused(403, "The control plane does not answer web pages of other origins.")
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Refused(403, "The control plane does not answer web pages of other sites.")


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return ""


def _is_public(exchange: Exchange) -> bool:
    """Whether a request needs no authorization: consent pages, feeds, files of meetings and health are public.

    Browsers open a consent page by a navigation from the client's site; other cross-site reads are refused.
    """
    if exchange.method not in ("GET", "HEAD"):
        return False
    if exchange.path == HEALTH or exchange.path.startswith((f"{PREFIX}/feeds/", f"{PREFIX}/video/")):
        return exchange.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    mode, target = exchange.headers.get("sec-fetch-mode"), exchange.headers.get("sec-fetch-dest")
    return (
        (exchange.path.startswith(f"{PREFIX}/oauth/") or exchange.path == AUTHORIZE)
        and mode in (None, "navigate")
        and target in (None, "document")
        and "origin" not in exchange.headers
    )


def _find(exchange: Exchange) -> tuple[Handler, str | None]:
    path = exchange.path.removeprefix(PREFIX).rstrip("/")
    method = "GET" if exchange.method == "HEAD" else exchange.method
    handler = ROUTES.get((method, path))
    if handler is not None:
        return handler, None
    parts = path.split("/")
    for place in range(len(parts) - 1, 0, -1):
        handler = ROUTES.get((method, "/".join([*parts[:place], "{id}", *parts[place + 1 :]])))
        if handler is not None and parts[place]:
            return handler, unquote(parts[place])
    calls = ", ".join(f"{method} {PREFIX}{path}" for method, path in ROUTES)
    raise Refused(404, f"There is no {exchange.method} {exchange.path}. The control plane has: {calls}.")


def _decoded(raw: bytes, kind: Any = Any) -> Any:
    try:
        raw.decode()
        return msgspec.json.decode(raw if raw.strip() else b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Refused(400, f"The body is invalid: {error}.") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refused(400, f"The body is not JSON: {error}.") from None


def _world_request(raw: bytes) -> _WorldRequest:
    return _decoded(raw, _WorldRequest)


def _json_reply(content: Any) -> Reply:
    return json_reply(200, content, enveloped=False)


def _query(exchange: Exchange) -> dict[str, str]:
    """The query parameters, which have been checked."""
    return dict(parse_qsl(exchange.query_string.decode("latin-1")))


def _does(handler: Handler) -> str:
    """The first sentence of a handler's documentation."""
    return (handler.__doc__ or "").strip().partition("\n")[0]


def _object(value: Any) -> dict[str, Any]:
    if not is_object(value):
        raise Refused(400, "The body has to be a JSON object.")
    return value


def _store_view(store: StoreStatus) -> dict[str, Any]:
    return {"store": store.address, "status": "unavailable" if store.trouble else "ok", "message": store.trouble}


def _world_view(world: World) -> dict[str, Any]:
    return {"id": world.name, "url": f"/w/{world.name}", "isDefault": world.name == DEFAULT_WORLD}
