"""Commands that print the description: `spec`, `operations` and `changes`."""

from __future__ import annotations

from typing import Literal, cast

import click
import msgspec

from mock_server.commands.errors import plain_errors
from mock_server.commands.options import EDITION
from mock_server.state.edition import EDITIONS


@click.command()
@EDITION
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="Output format.")
def spec(edition: str, form: Literal["yaml", "json"]) -> None:
    """Print the OpenAPI description as one document."""
    from mock_server.runtime.bundle import load_bundle
    from mock_server.runtime.documents import bundle_as_yaml

    with plain_errors():
        bundle = load_bundle(edition=edition)
    text = bundle_as_yaml(bundle) if form == "yaml" else msgspec.json.format(msgspec.json.encode(bundle), indent=2)
    click.echo(text.rstrip())


@click.command()
@EDITION
@click.option("--tag", help="Only operations of groups whose name starts with this. [default: all]")
def operations(edition: str, tag: str | None) -> None:
    """List all operations: method, path, version, access rules, evidence, and whether they are stateful or generated.

    Evidence says how well an operation is known: recorded, source or published.
    """
    from mock_server import areas
    from mock_server.runtime.bundle import load_bundle
    from mock_server.runtime.description import Description

    with plain_errors():
        description = Description(load_bundle(edition=edition))
    stateful = 0
    listed = [each for each in description if tag is None or each.tag.lower().startswith(tag.lower())]
    for each in listed:
        is_stateful = areas.find_handler(each.area, each.id) is not None
        stateful += is_stateful
        version = ",".join(sorted(each.versions)) if each.versions else "any"
        access = " ".join(
            rule.name if rule.argument is None else f"{rule.name}={_listed(rule.argument)}" for rule in each.access
        )
        kind = "stateful" if is_stateful else "generated"
        known = f"evidence={each.evidence}  {kind}"
        click.echo(f"{each.method:6} {each.path}  {each.id}  version={version}  access=[{access or 'public'}]  {known}")
    click.echo(f"{len(listed)} operations, {stateful} stateful, {len(listed) - stateful} generated")


@click.command()
@click.argument("older", type=click.Choice(EDITIONS))
@click.argument("newer", type=click.Choice(EDITIONS))
def changes(older: str, newer: str) -> None:
    """Print what changed for clients between two editions, as Markdown."""
    from mock_server.runtime.bundle import Sources
    from mock_server.runtime.changes import read_changes
    from mock_server.runtime.upgrade import upgrade_page

    with plain_errors():
        click.echo(upgrade_page(older, newer, read_changes(), Sources().differences()).rstrip())


def _listed(argument: object) -> str:
    return ",".join(map(str, cast("list[object]", argument))) if isinstance(argument, list) else str(argument)
