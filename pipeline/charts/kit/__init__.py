"""What every figure is made with: its frame, theme, axes, and the room that words take."""
