"""The Raptor Maps file of each day: built from the warehouse, checked, delivered to a signed URL, receipt kept."""
