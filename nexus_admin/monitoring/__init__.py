"""What goes on in the house, measured: the time that extensions take."""
