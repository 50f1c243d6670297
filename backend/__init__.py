"""Rules and records of Nightsheet. Knows no HTTP and no push: those live in `mobile_api` and `notifications`."""
