"""The life of a referral: a move is judged and stamped, and what follows from it is written."""
