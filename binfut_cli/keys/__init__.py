"""Where keys are kept and how they come in: files, keyring, environment. Nothing here prints."""
