"""What the simulated people do. Every module here is a locustfile that stock Locust runs by itself.

Importing Locust patches the process for gevent, so nothing outside `loadtests` imports these modules; of those in
`loadtests.support`, `turn`, `arrivals`, `address` and `identity` are free of Locust and may be imported by anyone.
"""
