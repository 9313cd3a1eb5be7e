"""The golden data set for merging: small, invented, and complete in what may go wrong with a line of results."""
