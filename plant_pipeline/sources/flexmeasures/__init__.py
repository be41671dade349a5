"""FlexMeasures, the open-source energy management server: asset tree, sensors, sensor data, its own KPIs."""
