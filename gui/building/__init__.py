"""Building: gestures on the canvas, each of which is an edit of the program's text."""
