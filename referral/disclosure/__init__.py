"""医院查阅记录: what a referral lets a hospital see, and what it has opened of it."""
