"""Plan, trials, results, statistics, verdict, charts and report: from a profile to a page with an answer."""
