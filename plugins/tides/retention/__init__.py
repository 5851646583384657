"""What may go after years, in small pieces a day, and what never does."""
