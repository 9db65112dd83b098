from hypothesis import HealthCheck, settings

# The same examples on every run, and no assertion against how fast the machine is.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
