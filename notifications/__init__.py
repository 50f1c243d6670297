"""Everything that goes out to people: schedule, rules, messages, channels. Never imports Flask nor `mobile_api`."""
