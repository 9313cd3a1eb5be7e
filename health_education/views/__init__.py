"""What everyone may read, and what editors see before."""
