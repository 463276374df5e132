"""The page of one referral, for both sides: what was asked, what happened, what may be done now."""
