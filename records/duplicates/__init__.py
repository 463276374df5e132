"""查重与合并: warning while somebody is registered, review of pairs, merging and undoing it."""
