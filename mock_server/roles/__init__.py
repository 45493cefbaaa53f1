"""Roles of organizations and teams, and the permissions that they grant."""
