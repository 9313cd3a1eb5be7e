"""The lists of the record: results, what is of one kind, one thing with all its entries; narrowed and paged."""
