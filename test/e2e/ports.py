"""TCP ports for the servers of a test run."""

import fcntl
import pathlib
import random
import socket
import tempfile

# Below the range from which the kernel takes the local ends of connections: a client that keeps trying a port whose server
# is down would otherwise be able to connect to itself.
RANGE = range(4600, 5400)


class Port:
    """A port that no other test process on this machine takes before close(), whether a server listens on it or not."""

    def __init__(self) -> None:
        # At random, so that a client which outlives its server does not find the next test's in its place.
        for number in random.sample(RANGE, len(RANGE)):
            claim = (pathlib.Path(tempfile.gettempdir()) / f"praetor-test-port-{number}").open("w")
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", number))
            except OSError:
                claim.close()
                continue
            self.number = number
            self._claim = claim
            return
        raise RuntimeError(f"every port of {RANGE} is taken")

    def close(self) -> None:
        self._claim.close()

    def __enter__(self) -> "Port":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
