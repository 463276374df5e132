"""转诊协议: which department of which hospital takes what from whom, and its slots."""
