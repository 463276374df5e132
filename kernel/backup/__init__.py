"""Backups: one encrypted file that holds everything, the key ring included.

envelope  the file: header, chunks under AES-256-GCM, every one bound to its place
dump      what is in it: every table as rows, at one moment, with counts and digests
restore   into an empty database of either kind, and the proof that it is the same

The rows are written in a form that both databases take, so a station's SQLite file can be restored
into a city's PostgreSQL. No client program of a database is needed.
"""

from kernel.backup.dump import back_up
from kernel.backup.envelope import BackupDamaged
from kernel.backup.restore import Restored, restore, verify_backup

__all__ = ["BackupDamaged", "Restored", "back_up", "restore", "verify_backup"]
