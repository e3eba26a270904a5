"""What is made of all chapters together: editions, downloads, notebooks, the site."""
