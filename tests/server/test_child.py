import os

from server.child import start_child

WAIT_S = 20.0


def echo(connection):
    connection.send_bytes(str(os.getpid()).encode())
    connection.send_bytes(connection.recv_bytes())


def wait_for_ever(connection):
    connection.recv_bytes()


def test_a_child_and_its_connection():
    child, connection = start_child(echo)
    assert connection.poll(WAIT_S)
    assert connection.recv_bytes() == str(child.pid).encode()
    connection.send_bytes(b"again")
    assert connection.recv_bytes() == b"again"
    assert child.join(WAIT_S)
    connection.close()


def test_a_killed_child_closes_its_end():
    child, connection = start_child(wait_for_ever)
    assert not child.join(0.0)
    assert child.status is None
    child.kill()
    assert child.join(WAIT_S)
    assert child.status == -9
    assert connection.poll(WAIT_S)
    connection.close()
