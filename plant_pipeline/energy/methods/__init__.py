"""From measurements to one energy a plant: meters, devices and samples, held against each other."""
