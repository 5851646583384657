"""Ports for servers that are about to start."""

import subprocess
import sys

import pytest

from sandbox.services import service
from sandbox.services.leash import ServiceError
from sandbox.services.service import PROJECT, free_port

ASK = "from sandbox.services import service; service.PORTS = range({0}, {0} + 1); print(service.free_port())"


def test_a_port_is_given_once_while_nothing_listens_on_it_yet(monkeypatch):
    port = free_port()
    monkeypatch.setattr(service, "PORTS", range(port, port + 1))
    with pytest.raises(ServiceError, match="no free port"):
        free_port()


def test_what_one_process_was_given_another_one_is_not():
    asked = subprocess.run([sys.executable, "-c", ASK.format(free_port())], cwd=PROJECT, capture_output=True, text=True)
    assert asked.returncode
    assert "no free port" in asked.stderr
