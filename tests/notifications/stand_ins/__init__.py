"""Providers on loopback that answer as their documentation says, faults included; one file each."""
