"""Mutation tests of the contract tests: a sandbox that is broken in one way at a time, and the checks that notice."""
