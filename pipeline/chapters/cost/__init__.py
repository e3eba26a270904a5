"""What training and serving cost, on one accounting basis at a time."""
