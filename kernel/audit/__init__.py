"""The audit: who did what to whose record, when and from where, in a chain that shows any change.

Changes are written in the transaction that makes them (`changes`), accesses in groups before the
answer leaves (`accesses`); one sealer gives both their place in the chain (`sealer`).
"""
