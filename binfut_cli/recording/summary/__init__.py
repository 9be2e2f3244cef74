"""A recording added up: what came and went, fills and fees, coverage, the nearest to liquidation.

Pure; memory grows with days, assets and gaps, not with records.

Imports recording, recording.moments, stream, stream.fold, resources.figures, resources.result,
codec, endpoints, errors.
"""
