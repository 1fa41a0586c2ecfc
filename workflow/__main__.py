"""`python -m workflow` is `khen`."""

from __future__ import annotations

from workflow.cli.main import main

if __name__ == "__main__":
    main()
