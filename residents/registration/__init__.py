"""How people come to an account: registering on line, a code from a counter, their phone, their PIN."""
