"""Supervision (referral.md §8): what happened to referrals, counted; figures, never persons."""
