import socket

from servers.ports import free_ports


def test_no_server_has_a_port_that_anybody_may_be_given() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50 and free_ports(0) == []
    with socket.create_server(("127.0.0.1", 0)) as anybody_s:
        assert max(ports) < anybody_s.getsockname()[1]
