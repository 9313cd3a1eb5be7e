"""Programs of others that a resident lets read their record: OAuth 2 with PKCE, agreed to here, ended here."""
