"""The CRUD lifecycle of a resource: create, read, list, update and delete, with checks at every stage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contract_tests.consistency.actors import Headers
from contract_tests.consistency.resource import Fields, Resource
from contract_tests.consistency.session import Session, differing
from contract_tests.consistency.text import ALL_AT_ONCE
from contract_tests.http import Reply
from mock_server.runtime.json_values import is_list, is_object

REFUSED = (401, 403, 404)
RECENTLY = 600
GONE = (400, 403, 404)
NO_KEY = {"Authorization": "Bearer cal_0123456789abcdef0123456789abcdef"}
NO_TOKEN = {"Authorization": "Bearer not-a-token"}
PAGES = 6
SEVERAL = frozenset({"emails"})
"""Filters that take several values."""
UNKNOWN_FIELD = {"noFieldOfThisName": "x"}


class CrudLifecycle:
    """The lifecycle of one resource in one session."""

    def __init__(self, session: Session, resource: Resource, ids: Fields) -> None:
        self.session = session
        self.resource = resource
        self.ids = ids
        self.headers = session.actors.of(resource.purpose)
        self.remaining: list[Any] = []

    def run(self) -> None:
        """Runs all stages, and deletes what remains at the end."""
        try:
            self._stages()
        finally:
            for number in reversed(self.remaining):
                self.call("DELETE", self.resource.item, number)

    def _stages(self) -> None:
        start = self.listing() if self.resource.is_listed else None
        before: list[Fields] | None = None if start is None else start.data
        first = self.create({})
        second = self.create(UNKNOWN_FIELD)
        if self.resource.is_read:
            second = {**self.read(second).data, **second}
        first = self.verify_read(first)
        self.verify_list(before, [each for each in (first, second) if each])
        self.verify_tag_of_list(start)
        self.page_through()
        self.filter(first, second)
        self.check_access(first)
        self.require_versions(first)
        self.reject_invalid_bodies(first)
        if self.resource.change is not None:
            first = self.change(first, second)
        self.create_with_optional_fields()
        first = self.update_optional_fields(first, second)
        first = self.keep_texts(first)
        self.reject_unknown_ids(first)
        self.end(first, second, before)

    # -- requests ---------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, number: Any = None, **options: Any) -> Reply:
        """Sends a request, which may fail."""
        return self.session.call(method, path, **self._options(number, options))

    def succeed(self, method: str, path: str, number: Any = None, **options: Any) -> Reply:
        """Sends a request that has to succeed."""
        return self.session.succeed(method, path, **self._options(number, options))

    def _options(self, number: Any, options: dict[str, Any]) -> dict[str, Any]:
        ids = {**self.ids, self.resource.parameter: number}
        return {"headers": self.headers, "ids": ids, "version": self.resource.version, **options}

    def check(self, name: str, passed: bool, reply: Reply, text: str) -> None:
        """See Session.check."""
        self.session.check(name, passed, reply, text)

    def id_of(self, thing: Fields) -> Any:
        """The id of an item."""
        return thing[self.resource.id_field]

    def is_gone(self, reply: Reply) -> bool:
        """Whether a reply says that the item does not exist."""
        if reply.succeeded and self.resource.gone_is_null and reply.request.method == "GET":
            return reply.data is None
        return reply.status in GONE or self.session.holds_nothing(reply)

    def listed(self) -> list[Fields] | None:
        """All items, if they can be listed."""
        if not self.resource.is_listed:
            return None
        return self.listing().data

    def listing(self, **query: Any) -> Reply:
        """The list, or a page of it."""
        return self.succeed("GET", self.resource.collection, query={**self.resource.list_query(self.ids), **query})

    def read(self, thing: Fields) -> Reply:
        """Reads an item."""
        return self.succeed("GET", self.resource.item, self.id_of(thing))

    # -- stages -----------------------------------------------------------------------------------------------------

    def create(self, more: Fields) -> Fields:
        """Creates an item and checks that the reply shows the sent values."""
        body = {**self.resource.body(self.session, self.ids), **more}
        reply = self.succeed("POST", self.resource.collection, body=body)
        made = self.resource.made(reply.data)
        self.remaining.append(self.id_of(made))
        unlike = self.resource.unlike | self.resource.unlike_create | UNKNOWN_FIELD.keys()
        missing = _differences(body, made, unlike)
        self.check("replies_echo_the_request", not missing, reply, f"differs from what was sent: {missing}")
        return made

    def forget(self, number: Any) -> None:
        """Takes an item off the list of those to be deleted."""
        self.remaining = [each for each in self.remaining if each != number]

    def verify_read(self, thing: Fields) -> Fields:
        """Checks that reads return the written values. Returns the item as read, which may have more fields."""
        if not self.resource.is_read:
            return thing
        for _ in range(2):
            self.same(thing, self.read(thing))
        reply = self.read(thing)
        self.same(thing, reply)
        return {**reply.data, **thing}

    def unchanged(self, before: list[Fields] | None, thing: Fields) -> None:
        """Checks that rejected requests have changed nothing."""
        name = "rejected_writes_change_nothing"
        if before is not None:
            reply = self.listing()
            numbers = [self.id_of(each) for each in reply.data]
            known = [self.id_of(each) for each in before]
            self.check(name, numbers == known, reply, f"the list has changed from {known} to {numbers}")
            old, new = (self._entry(things, thing) for things in (before, reply.data))
            self.check(name, old == new, reply, f"was listed otherwise before: {differing(old, new)}")
        if self.resource.is_read:
            self.same(thing, self.read(thing), name)

    def _entry(self, things: list[Fields], thing: Fields) -> Fields | None:
        return next((each for each in things if self.id_of(each) == self.id_of(thing)), None)

    def same(self, thing: Fields, reply: Reply, name: str = "reads_return_what_was_written") -> None:
        """Checks that a reply shows an item as an earlier one did."""
        found = differing(thing, reply.data) | self.session.missing_fields(thing, reply, reply.data)
        self.check(name, not found, reply, f"differs from an earlier answer: {found}")

    def verify_list(self, before: list[Fields] | None, made: list[Fields]) -> None:
        """Checks that the list has the new items, without duplicates, and nothing else that is new."""
        if before is None:
            return
        reply = self.listing()
        numbers = [self.id_of(each) for each in reply.data]
        expected = {self.id_of(each) for each in before} | {self.id_of(each) for each in made}
        self.check("lists_are_complete", set(numbers) >= expected, reply, "the list lacks existing items")
        self.check("nothing_else_appears", set(numbers) <= expected, reply, "the list has items that were not created")
        self.check("lists_have_no_duplicates", len(numbers) == len(set(numbers)), reply, "the list has duplicates")
        for thing in made:
            seen = next((each for each in reply.data if self.id_of(each) == self.id_of(thing)), thing)
            known = _without(thing, self.resource.unlike_list)
            found = differing(known, seen) | self.session.missing_fields(known, reply, seen)
            self.check("lists_show_what_was_written", not found, reply, f"differs: {found}")

    def verify_tag_of_list(self, start: Reply | None) -> None:
        """Checks that the tag that the list had at the start no longer fits."""
        tag = None if start is None else start.headers.get("etag")
        if tag:
            query, headers = self.resource.list_query(self.ids), {**self.headers, "If-None-Match": tag}
            reply = self.call("GET", self.resource.collection, headers=headers, query=query)
            self.check("conditional_reads_are_correct", reply.status == 200, reply, "has new items, but is said not to")

    def page_through(self) -> None:
        """Checks that pages add up to the whole list, which has three new items meanwhile."""
        if not self.resource.is_listed or self.resource.pages is None:
            return
        third = self.create({})
        self._check_pages(*self.resource.pages)
        self.delete(third)

    def _check_pages(self, take: str, skip: str) -> None:
        whole = [self.id_of(each) for each in self.listed() or []]
        for start in range(max(0, len(whole) - PAGES), len(whole) + 1):
            reply = self.listing(**{take: 1, skip: start})
            seen = [self.id_of(each) for each in reply.data]
            self.check("pages_fit_together", seen == whole[start : start + 1], reply, f"{seen} is not that page")
        for size in {2, max(2, len(whole))}:
            reply = self.listing(**{take: size})
            seen = [self.id_of(each) for each in reply.data]
            self.check("pages_fit_together", seen == whole[:size], reply, f"{seen} are not the first {size}")
        reply = self.listing(**{take: 2, skip: 1})
        seen = [self.id_of(each) for each in reply.data]
        self.check("pages_fit_together", seen == whole[1:3], reply, f"{seen} are not the two after the first")
        for query in ({take: 0}, {skip: -1}, {take: "many"}):
            reply = self.call("GET", self.resource.collection, query=query)
            self.check("invalid_queries_are_refused", reply.status == 400, reply, f"{query} is not refused with 400")

    def filter(self, thing: Fields, other: Fields) -> None:
        """Checks the filters of the list: for one item, several, and none."""
        if self.resource.filters is None:
            return
        known = self.session.description_of("GET", self.resource.collection).query_types
        one, two = (
            {name: value for name, value in self.resource.filters(each).items() if name in known}
            for each in (thing, other)
        )
        if not one:
            return
        nothing = {name: f"no-{value}" for name, value in one.items()}
        cases: list[tuple[Fields, list[Fields]]] = [(one, [thing]), (two, [other]), (nothing, [])]
        if one.keys() & SEVERAL:
            cases.append(({name: [value, two[name]] for name, value in one.items()}, [thing, other]))
        for query, expected in cases:
            reply = self.listing(**query)
            numbers = sorted(self.id_of(each) for each in reply.data)
            wanted = sorted(self.id_of(each) for each in expected)
            self.check("filters_and_pages_are_applied", numbers == wanted, reply, f"{query}: {numbers}, not {wanted}")

    def check_access(self, thing: Fields) -> None:
        """Checks that missing and bad credentials and other users are refused."""
        stranger = self._stranger()
        number = self.id_of(thing)
        change = self.resource.change(self.session) if self.resource.change else None
        before = self.listed()
        for method, path, body in self._everything(change):
            operation = self.session.description_of(method, path)
            if not any(rule.name == "authenticated" for rule in operation.access):
                continue
            # Valid, so that a server which refuses the caller and creates it all the same is noticed.
            sent = self.resource.body(self.session, self.ids) if method == "POST" else body
            for headers in ({}, NO_KEY, NO_TOKEN):
                reply = self.call(method, path, number, headers=headers, body=sent)
                name = "bad_credentials_are_refused" if headers else "credentials_are_needed"
                self.check(name, reply.status in (401, 403), reply, "is not refused with 401 or 403")
            if stranger:
                self._try_as_stranger(method, path, number, stranger, body, operation)
        self.unchanged(before, thing)
        self._check_creation_time(thing)

    def _stranger(self) -> Headers:
        """Good credentials of a user without access; for a standalone team, of any user who is not its member."""
        actors = self.session.actors
        is_team = self.resource.collection.startswith("/v2/teams")
        return actors.stranger_to_team if is_team else actors.stranger_to(self.resource.purpose)

    def _check_creation_time(self, thing: Fields) -> None:
        """Checks that the creation time is recent, by the server's own clock."""
        if not self.resource.is_read or self.session.clock is None:
            return
        reply = self.read(thing)
        for name in ("createdAt", "createdDate"):
            shown = reply.data.get(name)
            if shown is not None:
                seconds = abs((self.session.clock - datetime.fromisoformat(shown)).total_seconds())
                self.check("timestamps_are_correct", seconds < RECENTLY, reply, f"{name} is {seconds:.0f} seconds off")

    def _try_as_stranger(
        self, method: str, path: str, number: Any, stranger: Fields, body: Any, operation: Any
    ) -> None:
        reply = self.call(method, path, number, headers=stranger, body=body)
        if "{" in operation.path:
            self.check("other_users_are_refused", reply.status in REFUSED, reply, "another user is not refused")
        elif method == "GET" and reply.succeeded:
            listed: list[Any] = reply.data or []
            kept = [each for each in listed if self.id_of(each) == number]
            self.check("other_users_are_refused", not kept, reply, "another user sees the items of another user")

    def _everything(self, change: Fields | None) -> list[tuple[str, str, Any]]:
        resource = self.resource
        found: list[tuple[str, str, Any]] = []
        if resource.is_listed:
            found.append(("GET", resource.collection, None))
        if resource.is_read:
            found.append(("GET", resource.item, None))
        if change is not None:
            found.append((resource.update, resource.item, change))
        body = resource.body(self.session, self.ids) if "{" in resource.collection else {}
        found.append(("POST", resource.collection, body))
        found.append(("DELETE", resource.item, None))
        return found

    def require_versions(self, thing: Fields) -> None:
        """Checks that the operations do not exist without the version header, or with an unknown version."""
        if self.resource.version is None:
            return
        change = self.resource.change(self.session) if self.resource.change else None
        for method, path, body in self._everything(change):
            if method == "POST":
                body = self.resource.body(self.session, self.ids)
            ids = {**self.ids, self.resource.parameter: self.id_of(thing)}
            self.session.require_versions(method, path, self.headers, ids=ids, body=body)
        self.same(thing, self.read(thing), "rejected_writes_change_nothing")

    def reject_invalid_bodies(self, thing: Fields) -> None:
        """Checks that invalid bodies are rejected with the names of the invalid fields and change nothing."""
        before = self.listed()
        for wrong in self.resource.wrong:
            body = {**self.resource.body(self.session, self.ids), **wrong}
            self.refuse("POST", self.resource.collection, None, body, wrong)
            if self.resource.change is not None:
                body = {**self.resource.change(self.session), **wrong}
                self.refuse(self.resource.update, self.resource.item, self.id_of(thing), body, wrong)
        self.unchanged(before, thing)

    def refuse(self, method: str, path: str, number: Any, body: Fields, wrong: Fields) -> None:
        """Sends an invalid body."""
        reply = self.call(method, path, number, body=body)
        self.check("invalid_bodies_are_refused", reply.status == 400, reply, f"{wrong} is not refused with 400")
        if reply.succeeded and method == "POST":
            self.remaining.append(self.id_of(self.resource.made(reply.data)))
        error = reply.content.get("error") if is_object(reply.content) else None
        details = (error or {}).get("details") if is_object(error) else None
        if reply.status == 400 and is_object(details) and "errors" in details:
            named = {each.get("property") for each in details["errors"]}
            self.check(
                "errors_name_the_invalid_fields", named == set(wrong), reply, f"{wrong} is wrong, {named} is named"
            )

    def change(self, thing: Fields, other: Fields | None) -> Fields:
        """Checks that an update changes the sent fields only, and that it is idempotent."""
        assert self.resource.change is not None
        number, fields = self.id_of(thing), self.resource.change(self.session)
        tag = self.read(thing).headers.get("etag") if self.resource.is_read else None
        reply = self.succeed(self.resource.update, self.resource.item, number, body=fields)
        changed = reply.data
        missing = _differences(fields, changed, self.resource.unlike)
        self.check("replies_echo_the_request", not missing, reply, f"differs from what was sent: {missing}")
        kept = {
            name: value for name, value in thing.items() if name not in fields | dict.fromkeys(self.resource.changes)
        }
        self.check(
            "updates_leave_the_rest", not differing(kept, changed), reply, f"changed too: {differing(kept, changed)}"
        )
        self._read_changed(thing, changed, other, tag)
        again = self.succeed(self.resource.update, self.resource.item, number, body=fields)
        self.same(_without(changed, self.resource.changes), again, "updates_may_be_repeated")
        for _ in range(2):
            again = self.succeed(self.resource.update, self.resource.item, number, body=fields | UNKNOWN_FIELD)
        return again.data

    def _read_changed(self, thing: Fields, changed: Fields, other: Fields | None, tag: str | None) -> None:
        if self.resource.is_read:
            self.same(changed, self.read(thing))
        if self.resource.is_read and other is not None:
            self.same(other, self.read(other), "nothing_else_changes")
        if self.resource.is_listed:
            self.verify_list(self.listed(), [changed, *([other] if other else [])])
        if tag:
            number = self.id_of(thing)
            reply = self.call("GET", self.resource.item, number, headers={**self.headers, "If-None-Match": tag})
            self.check(
                "conditional_reads_are_correct", reply.status == 200, reply, "was changed, but is said not to be"
            )

    def create_with_optional_fields(self) -> None:
        """Checks that optional fields of creations are stored."""
        for fields in self.resource.create_groups:
            made = self.verify_read(self.create(fields))
            self._list_entry(made)
            self.delete(made)

    def update_optional_fields(self, thing: Fields, other: Fields | None) -> Fields:
        """Checks that further fields of updates are stored, and of this item only. Returns it as it is afterwards."""
        before = self.listed() if other and self.resource.update_groups else None
        for fields in self.resource.update_groups:
            reply = self.succeed(self.resource.update, self.resource.item, self.id_of(thing), body=fields)
            missing = _differences(fields, reply.data, self.resource.unlike)
            self.check("replies_echo_the_request", not missing, reply, f"differs from what was sent: {missing}")
            kept = {name: value for name, value in thing.items() if isinstance(value, str) and name not in fields}
            changed = differing(_without(kept, self.resource.changes), reply.data)
            self.check("updates_leave_the_rest", not changed, reply, f"changed too: {changed}")
            thing = self.verify_read(reply.data)
            self._list_entry(thing)
        if other is not None and before is not None:
            reply = self.listing()
            old, new = (self._entry(things, other) for things in (before, reply.data))
            self.check("nothing_else_changes", old == new, reply, f"was listed otherwise before: {differing(old, new)}")
        return thing

    def keep_texts(self, thing: Fields) -> Fields:
        """Checks that texts are stored as they are sent. Returns the item as it is afterwards."""
        if self.resource.change is None or not self.resource.texts:
            return thing
        fields = self.resource.change(self.session) | dict.fromkeys(self.resource.texts, ALL_AT_ONCE)
        reply = self.succeed(self.resource.update, self.resource.item, self.id_of(thing), body=fields)
        wrong = _differences(fields, reply.data, self.resource.unlike)
        self.check("texts_are_kept", not wrong, reply, f"differs from what was sent: {wrong}")
        thing = self.verify_read(reply.data)
        self._list_entry(thing)
        return thing

    def _list_entry(self, thing: Fields) -> None:
        if self.resource.is_listed:
            reply = self.listing()
            entry = self._entry(reply.data, thing)
            self.check("lists_are_complete", entry is not None, reply, "is not listed")
            found = differing(_without(thing, self.resource.unlike_list), entry or {})
            self.check("lists_show_what_was_written", not found, reply, f"differs: {found}")

    def reject_unknown_ids(self, thing: Fields) -> None:
        """Checks that unknown ids are not found."""
        change = self.resource.change(self.session) if self.resource.change else None
        for method, path, body in self._everything(change):
            if path == self.resource.item:
                reply = self.call(method, path, self.resource.unknown_id, body=body)
                self.check("unknown_things_are_not_found", self.is_gone(reply), reply, "is not refused")
        if self.resource.is_read:
            self.same(thing, self.read(thing), "nothing_else_changes")

    def end(self, first: Fields, second: Fields | None, before: list[Fields] | None) -> None:
        """Deletes the items one by one and checks that nothing else is deleted."""
        number = self.id_of(first)
        self.delete(first)
        for round_ in range(2):
            again = self.call("DELETE", self.resource.item, number)
            self.check("deleted_things_are_gone", self.is_gone(again), again, "can be deleted again")
            if self.resource.is_read:
                reply = self.call("GET", self.resource.item, number)
                self.check("deleted_things_are_gone", self.is_gone(reply), reply, "can still be read")
            if before is not None:
                reply = self.listing()
                numbers = [self.id_of(each) for each in reply.data]
                self.check("deleted_things_are_gone", number not in numbers, reply, "is still listed")
                there = {self.id_of(each) for each in before}
                if second and not round_:
                    there.add(self.id_of(second))
                self.check("nothing_else_changes", there <= set(numbers), reply, "more than the deleted is gone")
            if second is not None and not round_:
                if self.resource.is_read:
                    self.same(second, self.read(second), "nothing_else_changes")
                self.delete(second)

    def delete(self, thing: Fields) -> None:
        """Deletes an item and checks that the reply shows it as it was."""
        reply = self.succeed("DELETE", self.resource.item, self.id_of(thing))
        self.forget(self.id_of(thing))
        if is_object(reply.data):
            self.same(_without(thing, self.resource.changes), reply)


def _without(thing: Fields, names: frozenset[str]) -> Fields:
    return {name: value for name, value in thing.items() if name not in names}


def _differences(sent: Fields, answered: Any, unlike: frozenset[str]) -> dict[str, Any]:
    """Fields whose sent value is not in the answer, with both values."""
    if not is_object(answered):
        return {"": answered}
    return {
        name: (value, answered.get(name))
        for name, value in sent.items()
        if name not in unlike and not _covers(value, answered.get(name))
    }


def _covers(sent: Any, answered: Any) -> bool:
    """Whether an answer contains the sent value; objects and lists of items with slugs may have more."""
    if _slugs(sent) and is_list(answered):
        by_slug = {each.get("slug"): each for each in answered if is_object(each)}
        return all(_covers(each, by_slug.get(each["slug"])) for each in sent)
    if is_object(sent) and is_object(answered):
        return all(name in answered and _covers(value, answered[name]) for name, value in sent.items())
    if is_list(sent) and is_list(answered):
        return len(sent) == len(answered) and all(map(_covers, sent, answered))
    return sent == answered


def _slugs(value: Any) -> bool:
    """Whether it is a list of objects with slugs."""
    return is_list(value) and bool(value) and all(is_object(each) and "slug" in each for each in value)
