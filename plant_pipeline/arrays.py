"""The types of numpy's arrays, one name each.

What belongs here: aliases. What does not: anything that computes.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
