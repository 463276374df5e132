"""转诊情况随访: what came of a referral, known within 14 days, whatever becomes of the referral."""
