"""What all panels share: theme, fonts, icons, settings, commands, files."""
