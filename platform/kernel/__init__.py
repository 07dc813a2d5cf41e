"""Mechanisms without clinical words: tenancy, accounts, permissions, audit, events, keys, storage, tasks."""
