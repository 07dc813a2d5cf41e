"""What can be done with accounts. Each act is one transaction and leaves its line in the audit trail."""
