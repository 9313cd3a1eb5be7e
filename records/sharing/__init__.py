"""互认凭证: a person shows chosen results to a doctor without an account, by a code and a PIN, for some hours."""
