"""Who is asking: slips, passwords, sessions, class tablets."""
