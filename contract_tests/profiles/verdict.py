"""The exit code of a run, and its meaning."""

from __future__ import annotations

from contract_tests.profiles.profile import Profile
from contract_tests.profiles.schemathesis_run import LOG
from contract_tests.reports.causes import causes
from contract_tests.reports.results import Results
from contract_tests.reports.summary import counted
from mock_server.runtime.exit_status import ExitStatus

CLEAN = ExitStatus.CLEAN
BROKEN = ExitStatus.FOUND
COULD_NOT_RUN = ExitStatus.NOT_DONE
INTERRUPTED = ExitStatus.INTERRUPTED

ENOUGH_REACHED = 0.5
"""The share of operations that must be reached with valid credentials, or fail, for the run to have a result."""


def verdict_of(code: int, results: Results, profile: Profile) -> tuple[int, str]:
    """The exit code, and its meaning in one line."""
    tested = [tally for tally in results.tallies.values() if tally.tested]
    reached = sum(tally.reached for tally in tested)
    new = results.new_failures()
    # A failure is a result for an operation, too.
    known = sum(tally.reached or tally.failed.total() > 0 for tally in tested)
    if code == INTERRUPTED:
        return INTERRUPTED, "Interrupted; these are the results up to then."
    if not tested:
        return COULD_NOT_RUN, f"Could not run: nothing was sent; {profile.name} exited with {code} ({LOG})."
    if known < len(tested) * ENOUGH_REACHED:
        return COULD_NOT_RUN, (
            f"Could not run: most operations were never reached with valid credentials ({reached} of {len(tested)})."
        )
    if new:
        operations = len({failure.operation for failure in new})
        found = counted(len(causes(new, results)), "cause")
        return BROKEN, f"The contract is broken: {found} of failures in {counted(operations, 'operation')}."
    if results.errors or code not in (CLEAN, BROKEN):
        return COULD_NOT_RUN, f"Could not run: the run itself failed {len(results.errors)} times ({LOG})."
    return CLEAN, f"The contract holds in {counted(reached, 'operation')}."
