"""Page shells, components, style sheet and icons that every side of Portico shares."""
