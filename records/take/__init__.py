"""带走我的档案: the ways in which a person takes the record along."""
