"""Series that nothing contradicts and that are hard to believe all the same."""
