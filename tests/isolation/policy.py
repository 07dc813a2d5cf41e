"""What each route does for each kind of caller at its own host. Read every changed line."""

# fmt: off
POLICY: dict[str, str] = {
}
# fmt: on
