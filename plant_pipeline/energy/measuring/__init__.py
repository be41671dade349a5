"""From readings to one measurement a series: what is left out, what registers counted, what is missing."""
