"""What holds a hospital's pages together: home, shell, staff's day and search, settings, error pages."""
