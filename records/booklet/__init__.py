"""整份档案 PDF: chosen parts of a record in one file, set in the background; its pages as pictures; a link for once."""
