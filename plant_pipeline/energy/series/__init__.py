"""What a day's energy is computed from: sensors, their readings as arrays and stretches of time, days, sun and sky."""
