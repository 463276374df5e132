"""The referral office of a hospital: what stands on its list, and how it is taken in."""
