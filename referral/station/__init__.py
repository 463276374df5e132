"""The station's side: its lists of referrals, what it sees of them on other pages."""
