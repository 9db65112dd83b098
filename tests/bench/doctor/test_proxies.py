import urllib.request

import pytest

from bench.doctor.proxies import proxies_to_loopback

PROXY = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("environment", "to_blame"),
    [
        ({}, ()),
        ({"https_proxy": PROXY}, ()),
        ({"https_proxy": PROXY, "NO_PROXY": "example.com"}, ()),
        ({"https_proxy": PROXY, "no_proxy": "example.com, 127.0.0.1"}, ()),
        ({"https_proxy": PROXY, "no_proxy": "*"}, ()),
        ({"no_proxy": "example.com"}, ()),
        ({"http_proxy": PROXY, "no_proxy": "example.com"}, ()),
        ({"https_proxy": "", "no_proxy": "example.com"}, ()),
        ({"https_proxy": PROXY, "no_proxy": "example.com"}, ("https_proxy",)),
        ({"HTTPS_PROXY": PROXY, "no_proxy": ""}, ("HTTPS_PROXY",)),
        ({"HTTPS_PROXY": PROXY, "wss_proxy": PROXY, "no_proxy": "localhost"}, ("HTTPS_PROXY", "wss_proxy")),
    ],
)
def test_only_a_no_proxy_that_leaves_loopback_out_sends_us_to_a_proxy(monkeypatch, environment, to_blame):
    assert proxies_to_loopback(environment) == to_blame
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "WSS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in (environment | {"NO_PROXY": "127.0.0.1,localhost"}).items():
        monkeypatch.setenv(name, value)
    through = not urllib.request.proxy_bypass("127.0.0.1:443") and {"https", "wss"} & urllib.request.getproxies().keys()
    assert bool(through) == bool(to_blame)
