"""The school itself: founding, policies, calendar, settings."""
