"""Benchmarks, run by `python -m mock_server.bench.<name>`."""
