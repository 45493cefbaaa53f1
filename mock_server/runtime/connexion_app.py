"""Everything that relies on connexion's internals.

connexion supplies the ASGI application with its lifespan and middleware chain; the operations of the
specification (`from_spec`); and the resolver, through which each operation is bound to its function.

It does not route (its router tries every path in turn and has no versions), does not check security (access rules
and their order come from `x-access`), does not validate (`runtime/validation.py` answers with the live API's texts),
does not parse arguments or serialize replies (operations take a `Call`), and does not load or resolve the
specification: the bundle is already valid, and its references stay references. Replacements for these are passed in
as middlewares; `BundledSpecification` and the list of `apis` are the only private parts relied upon.
"""

# connexion has no type hints.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

with warnings.catch_warnings():
    # connexion imports deprecated parts of its libraries. Users cannot change that, and tests that treat
    # warnings as errors could not import the pytest plugin.
    warnings.simplefilter("ignore")
    from connexion.apps.abstract import AbstractApp
from connexion.middleware.abstract import SpecMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.main import API
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver
from connexion.spec import OpenAPISpecification, Specification

from mock_server.runtime.bundle import Document
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.dispatch import Handler

FindHandler = Callable[[str, str], Handler | None]
"""Looks up the function of an operation by area and operationId."""


class BundledSpecification(OpenAPISpecification):
    """The bundle as connexion's specification. Already validated by prance; its references stay references."""

    def __init__(self, bundle: Document) -> None:
        self._raw_spec = self._spec = bundle
        self._base_uri = ""

    def clone(self) -> BundledSpecification:
        """Returns itself: it is never modified."""
        return self


class FunctionResolver(Resolver):
    """Binds an operation to the function of its name in its area; without one, its replies are generated."""

    def __init__(self, find_handler: FindHandler, description: Description) -> None:
        super().__init__()
        self._find_handler = find_handler
        self._description = description

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """See connexion.Resolver."""
        operation_id: str = operation.operation_id
        return Resolution(
            self._find_handler(self._description.operations[operation_id].area, operation_id), operation_id
        )


class OperationStage(SpecMiddleware):
    """A stage that receives all operations and their functions when the application starts."""

    description: Description

    def add_api(self, specification: Specification, *, resolver: Resolver, **_: Any) -> None:
        """See connexion.SpecMiddleware."""
        for operation in self.description:
            resolved: Any = specification.operation_cls.from_spec(
                specification, path=operation.key, method=operation.method.lower(), resolver=resolver
            )
            self.add_operation(operation, resolved.function)

    @abstractmethod
    def add_operation(self, operation: Operation, handler: Handler | None) -> None:
        """Registers an operation and the function that connexion resolved for it."""


class ConnexionApp(AbstractApp):
    """An application whose requests pass through `stages`, outermost first, and end in `dispatch`."""

    def __init__(
        self,
        *,
        description: Description,
        find_handler: FindHandler,
        stages: Sequence[Any],
        dispatch: Any,
        lifespan: Any,
    ) -> None:
        self._middleware_app = dispatch
        super().__init__("mock_server", middlewares=[LifespanMiddleware, *stages], lifespan=lifespan)
        resolver = FunctionResolver(find_handler, description)
        self.middleware.apis.append(API(BundledSpecification(description.bundle), base_path="", resolver=resolver))

    def add_url_rule(self, rule: Any, endpoint: Any = None, view_func: Any = None, **options: Any) -> None:
        """Not supported: every path comes from the description."""
        raise NotImplementedError("Paths are added to the description, in openapi/.")
