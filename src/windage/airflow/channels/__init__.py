"""The ways to tell people, one file each, found through the entry points ``windage.channels``.

A file is a channel's keys in a monitor's file and how it sends once. Trying again, and telling each thing once, is done
for all of them in ``delivery``; Airflow and a receiver's own library are imported when something is sent.
"""
