"""What the rooms' JSON interfaces share: problems in plain words, pages of lists, and how they are described."""
