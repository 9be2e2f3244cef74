"""Other people's clients, unmodified but for addresses, on the sandbox: do their figures agree?

Each runs in an environment of its own, because several call their package alike. What is asked of
them is a job: a script in `jobs/` that reads an account, its positions and its income, listens to
the stream, and says in lines of JSON what it was told.
"""
