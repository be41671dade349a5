"""The systems that plants come from, one folder each; they share nothing but the shapes and the asset factory."""
