"""One module for each command: its docstring is its help, ``add_arguments`` declares its arguments, ``run`` runs it and
returns the exit code."""
