"""The return of a referral on the due list of the programmes."""
