"""Assembles a sandbox from the runtime, the areas and the control plane."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from mock_server import areas
from mock_server.help.pages import help_reply
from mock_server.identity.authentication import check_key, identify
from mock_server.identity.hints import CredentialHints
from mock_server.inspector.pages import inspector_reply
from mock_server.runtime.app import SandboxApp
from mock_server.runtime.bundle import Sources
from mock_server.runtime.changes import check_asked_at_start, edition_named, read_changes
from mock_server.runtime.description import Description
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.faults import Faults, FaultsOfWorlds
from mock_server.runtime.jobs import run_due_jobs
from mock_server.runtime.journal import Journals
from mock_server.runtime.masking import Secrets
from mock_server.runtime.settings import Settings
from mock_server.runtime.shared_faults import SharedFaults
from mock_server.runtime.shared_journal import SharedJournal
from mock_server.runtime.shared_outbox import SharedOutboxes
from mock_server.runtime.upgrade import upgrade_document
from mock_server.runtime.workers import Workers
from mock_server.sandbox.commits import CommitControls, CommitsOfWorlds
from mock_server.sandbox.control_plane import ControlPlane
from mock_server.sandbox.faults import FaultControls, read_fault_file
from mock_server.sandbox.outbox import OutboxControls
from mock_server.sandbox.requests import RequestControls
from mock_server.sandbox.webhooks import WebhookControls, is_inbox
from mock_server.state.clock import RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.edition import checked_edition
from mock_server.state.errors import Unusable
from mock_server.state.log import CommitLog, MemoryLog
from mock_server.state.shared.options import is_store_url, read_store_urls, split_stores, without_credentials
from mock_server.state.worlds import Worlds
from mock_server.webhooks.dispatcher import SENDER, WebhookDispatcher
from mock_server.webhooks.hints import hints_about_hosts
from mock_server.webhooks.hosts import AllowedHosts
from mock_server.worlds.default_world import CREDENTIALS
from mock_server.worlds.loader import load_world

_logger = logging.getLogger(__name__)


class UnknownLog(Unusable):
    """The commit log option is not of a known kind."""


class Sandbox:
    """A sandbox in this process. `app` is the ASGI application, `worlds` its state."""

    def __init__(self, settings: Settings | None = None, *, real_time: RealTime = real_time) -> None:
        settings = settings or Settings()
        self.settings = settings
        changes = read_changes()
        check_asked_at_start(changes)
        sources = Sources()
        differences = sources.differences()
        self.description = Description(sources.bundle(checked_edition(settings.edition)))
        areas.check_functions(self.description)
        schema = areas.schema(edition_named(settings.edition, changes))
        initial_faults = read_fault_file(settings.faults, self.description)
        faults = FaultsOfWorlds(partial(Faults, initial_faults), partial(SharedFaults, initial_faults))
        self.worlds = open_worlds(settings, schema, real_time)
        self.journals = Journals(partial(SharedJournal, operations=self.description.operations))
        self.secrets = Secrets(self.description)
        self.workers = Workers()
        allowed = AllowedHosts(settings.webhook_hosts, loopback=settings.is_loopback)
        inbox = partial(is_inbox, port=settings.port)
        self.webhook_dispatcher = WebhookDispatcher(allowed, workers=self.workers, is_inbox=inbox)
        self.worlds.send_with(SENDER, self.webhook_dispatcher)
        outboxes = SharedOutboxes()
        self.worlds.record_with(outboxes)
        commits = CommitsOfWorlds()
        self.worlds.observe(commits.note)
        webhooks = WebhookControls(self.webhook_dispatcher, self.workers)
        control_plane = partial(
            ControlPlane,
            settings=settings,
            worlds=self.worlds,
            description=self.description,
            find_handler=areas.find_handler,
            requests=RequestControls(self.journals, self.secrets, self.workers, self._serve),
            commits=CommitControls(commits, self.workers),
            webhooks=webhooks,
            outbox=OutboxControls(outboxes, self.workers),
            faults=FaultControls(faults, self.description),
            workers=self.workers,
            shared=(self.journals, outboxes, webhooks.inboxes, self.webhook_dispatcher.slot, faults),
        )
        self.app = SandboxApp(
            description=self.description,
            worlds=self.worlds,
            journals=self.journals,
            faults=faults,
            rules=areas.access_rules(),
            identify=identify,
            check_key=check_key,
            credentials=CredentialHints(self.worlds, [key for _, _, key, _ in CREDENTIALS]),
            find_handler=areas.find_handler,
            control_plane=control_plane,
            hints=areas.success_hints() | hints_about_hosts(allowed, inbox),
            elsewhere=Elsewhere(settings.edition, differences),
            changes=partial(upgrade_document, changes, differences),
            pages=(inspector_reply, help_reply),
            strict=settings.strict,
            rate_limit=settings.rate_limit,
            read_timeout=settings.read_timeout,
            workers=self.workers,
        )
        self.app.add_background(self.worlds.follow)
        self.app.add_background(self.webhook_dispatcher.run)
        self.app.add_background(partial(run_due_jobs, self.worlds))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request as if it had arrived over the network."""
        await self.app(scope, receive, send)


def open_worlds(settings: Settings, schema: Schema, real_time: RealTime) -> Worlds:
    """The worlds in the store of the settings. Raises UnknownLog, LogUnusable, InvalidStoreUrl, InvalidStoreList."""
    start = partial(load_world, schema, settings.world)
    if any(map(is_store_url, split_stores(settings.log))):
        from mock_server.state.shared.sharding import shared_worlds  # Slow to import; most sandboxes need no server.

        stores = read_store_urls(settings.log)
        worlds = shared_worlds(schema, start, stores, real_time, areas.job_handlers())
        if settings.world is not None and not worlds.is_new:
            _warn_of_unread(settings)
        return worlds
    log = open_log(settings.log, schema)
    if settings.world is not None and log.version:
        _warn_of_unread(settings)
    return Worlds(schema, start, log, real_time, areas.job_handlers())


def _warn_of_unread(settings: Settings) -> None:
    _logger.warning(
        "The worlds are those that the store %s has already: the world file %s is not read. "
        "Name another store to begin with it.",
        without_credentials(settings.log),
        settings.world,
    )


def open_log(name: str, schema: Schema) -> CommitLog:
    """The commit log that `memory` or `file:PATH[?fsync=always|second|never]` names. Raises UnknownLog, LogUnusable."""
    if name == "memory":
        return MemoryLog()
    kind, _, rest = name.partition(":")
    if kind == "file" and rest:
        path, _, query = rest.partition("?")
        fsync = parse_qs(query).get("fsync", ["second"])[0]
        if fsync in ("always", "second", "never"):
            from mock_server.state.file_log import FileLog  # Slow to import, and most sandboxes have no log file.

            return FileLog(Path(path), schema, fsync=fsync)
    raise UnknownLog(
        f"There is no log {without_credentials(name)!r}. Use memory, or file:PATH with an optional "
        f"?fsync=always|second|never, or valkey://HOST:PORT for processes that share their worlds."
    )
