"""What makers ship beside weights, and who started and stopped."""
