"""All series of one date at once, with the bounds and the sky of their plants' days, and what was learned of them."""
