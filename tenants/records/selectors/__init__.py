"""Reading clinical records. Every function takes the access; what it does not cover is not found."""
