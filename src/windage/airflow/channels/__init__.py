"""The channels that notify people, one module each, found through the entry points ``windage.channels``.

A module defines a channel's keys in a monitor's file and sends a message once. ``sending`` retries, and avoids
duplicates, for all of them; Airflow and a receiver's own library are imported when something is sent.
"""
