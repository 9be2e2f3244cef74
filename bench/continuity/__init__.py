"""Single events that the exchange drops: how many of them a watch finds."""
