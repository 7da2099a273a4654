FEATURES: list = []
