"""Search: what is kept about a resource so that it is found, and how a query becomes SQL.

dates, extract → rows        what a save writes into the search tables
dates → query → compile → run   what a search reads
"""
