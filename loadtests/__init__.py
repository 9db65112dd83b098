"""What the simulated people do. Every module here is a locustfile that stock Locust runs by itself.

Importing Locust patches the process for gevent, so nothing outside `loadtests` imports these modules;
`loadtests.support.turn` and `loadtests.support.arrivals` alone are free of Locust and may be read by anyone.
"""
