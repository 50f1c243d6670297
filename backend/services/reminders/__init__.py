"""What the outbox, the inbox and the addresses of people need; the rules themselves are in `notifications`."""
