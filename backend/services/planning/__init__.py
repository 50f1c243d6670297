"""What teachers set: publishing against the caps, week plans, weekends, the public notice board."""
