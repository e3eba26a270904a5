"""What is built on whom, as files that the explorer of the site looks up in."""
