"""The ground (地基): settings, time, money, database, due work, audit, masking. No tax."""
