"""Files of articles: judged by what they hold, kept under the hash of their content, shown where a text names them."""
