"""Other people's clients beside binfut: which, what each is asked, and their programs."""
