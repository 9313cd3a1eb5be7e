"""How a child grows, beside the WHO Child Growth Standards."""
