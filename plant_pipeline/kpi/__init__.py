"""Key figures of each plant-local day: what they mean, their values, where a value came from."""
