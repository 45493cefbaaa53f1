"""Consistency over several requests: seeded stories of writing, reading, listing and deleting.

They run on any deployment. A story makes what it works on, changes nothing else, and deletes it at the end.
"""
