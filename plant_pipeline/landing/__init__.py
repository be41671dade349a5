"""What came in, as it came: archive, fetch ledger, outcomes of streams, rejected records."""
