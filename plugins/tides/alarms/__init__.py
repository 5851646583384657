"""Alarms: what the watchdog measures, which events wake somebody, and what is said of them once."""
