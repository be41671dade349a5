"""The contract that every source keeps, as tests that any source gets for its declaration and what its API answers."""
