"""Prepares a command's standard streams, which its parent may have closed or set to an unusual encoding."""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Opens closed streams on the null device, and escapes characters that an output's encoding lacks.

    Otherwise the next file or socket opened would become the standard output and receive the printed text.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
