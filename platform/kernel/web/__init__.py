"""What every answer carries, whoever makes it: security headers, and the place where browsers report violations."""
