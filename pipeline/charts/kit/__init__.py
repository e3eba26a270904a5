"""What every figure is made with: its frame, table, drawing, theme, axes, and the room that words take."""
