"""The real servers behind a cluster, started by the tests on free loopback ports, each with a folder of its own.

Each is a context manager with the same handling: `stop()` as an operator would, `kill()` (SIGKILL), `freeze()` and
`thaw()` (SIGSTOP, SIGCONT), and `restart()`, which keeps data and ports.
"""
