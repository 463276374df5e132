"""Who is asking, what they may do, and the keys that keep bodies and identifiers unreadable."""
