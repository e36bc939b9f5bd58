"""Another process that hears: `python -m tests.benchmarks.hearer STATE` says when it is ready, then what it heard.

Moments are of the machine's clock that only grows, which all processes on it share.
"""

import json
import sys
import time

from nexus_admin.brokers.pubsub import Gap, PostgresPubSub
from nexus_admin.state.engine import State
from tests.brokers.queue.engines import KEY


def main(where: str) -> None:
    """Hear rounds of messages `[number, sent]`, each ended by `null`; say for each how long they took, in seconds."""
    with State.open(where, key=KEY) as state:
        pubsub = PostgresPubSub(state)
        with pubsub.subscribe("bench/+", buffer=1_000_000) as subscription:
            print("ready", flush=True)
            took: list[float] = []
            gaps = 0
            for message in subscription:
                if isinstance(message, Gap):
                    gaps += 1
                elif message.topic == "bench/over":
                    break
                elif message.value is None:
                    print(json.dumps({"took": took, "gaps": gaps, "last": time.monotonic()}), flush=True)
                    took, gaps = [], 0
                else:
                    took.append(time.monotonic() - message.value[1])
        pubsub.close()


if __name__ == "__main__":
    main(sys.argv[1])
