"""Devices and sensors: what they are and measure, which meter counts."""
