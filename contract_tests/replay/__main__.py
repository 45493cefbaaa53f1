"""``python -m contract_tests.replay`` rewrites the list of known gaps: see `gaps`."""

from __future__ import annotations

from contract_tests.replay.gaps import found_gaps, known_gaps, write_gaps
from contract_tests.replay.recordings import recorded_api
from mock_server.runtime.progress import Progress


def main() -> None:
    """Rewrites the known gaps of all editions by what is found, and prints how many there are."""
    progress = Progress()
    gaps = {edition: found_gaps(recorded_api(edition), known, progress) for edition, known in known_gaps().items()}
    write_gaps(gaps)
    for edition, each in gaps.items():
        description, sandbox = (sum(map(len, found.values())) for found in (each.description, each.sandbox))
        print(
            f"{edition}: {len(each.not_described)} recorded operations are not described; "
            f"gaps of the description: {description}, of the sandbox: {sandbox}"
        )


if __name__ == "__main__":
    main()
