"""Cloud Run's front on this machine: what it does to a WebSocket between the client and the container, and when.

`python -m servers.cloudrun.emulator MANIFEST...` starts the services that Knative manifests describe behind TLS and an
ID token, with the platform's limits: concurrency with a queue and then 429, the request time-out, SIGTERM and ten
seconds later SIGKILL. Containers run as processes of this machine; nothing of a container's isolation is emulated.

Where the platform's documentation is silent, this is assumed:

- The header whose token is checked reaches the container with its signature replaced; the other of the two as it came.
- A request that is cut at its time-out sees the connection end without a close frame; one unanswered until then, 504.
- An instance's containers are stopped in the reverse of the order in which they start, and have ten seconds together.
- Instances of a replaced revision serve what they have begun and are then stopped; no request is moved.
- Scale-out follows concurrency alone and at once: the platform averages over a minute and heeds CPU as well.
- A request goes to the instance with the fewest requests.
"""
