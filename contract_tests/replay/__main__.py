"""``python -m contract_tests.replay`` rewrites the found sections of the known gaps: see `gaps`."""

from __future__ import annotations

from dataclasses import replace

from contract_tests.replay.gaps import description_gaps, known_gaps, sandbox_gaps, without, write_gaps
from contract_tests.replay.recordings import recorded_api


def main() -> None:
    """Rewrites the known gaps of all editions by what is found."""
    gaps = known_gaps()
    for edition, known in gaps.items():
        api = recorded_api(edition)
        gaps[edition] = replace(
            known,
            not_described=api.undescribed,
            description=without(description_gaps(api), known.corrected),
            sandbox=without(sandbox_gaps(api, known.not_repeated), known.corrected),
        )
        counts = [sum(map(len, each.values())) for each in (gaps[edition].description, gaps[edition].sandbox)]
        print(f"{edition}: {len(api.undescribed)} not described; gaps: description {counts[0]}, sandbox {counts[1]}")
    write_gaps(gaps)


if __name__ == "__main__":
    main()
