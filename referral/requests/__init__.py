"""转出单: a referral is written, sent, sent again; drafts that a follow-up asks for."""
