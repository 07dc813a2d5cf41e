"""Changing clinical records."""
