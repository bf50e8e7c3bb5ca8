"""`python -m tools` is `melody-engine`."""

from tools.cli import main

main()
