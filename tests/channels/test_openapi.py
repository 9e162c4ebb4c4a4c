from openapi_spec_validator import validate
from web_door import spec

from channels.web import ROUTES


def test_the_file_is_a_valid_openapi_description():
    validate(spec())


def test_every_route_of_the_door_is_described_and_nothing_else():
    described = {
        (method.upper(), path) for path, methods in spec()["paths"].items() for method in methods
    }

    assert described == {(method, path) for method, path, _ in ROUTES}


def test_what_needs_the_secret_says_so():
    for path, methods in spec()["paths"].items():
        for method, operation in methods.items():
            needs = path.startswith("/api/v1/conversation/") or path == "/api/v1/conversation"
            assert bool(operation.get("security")) is needs, (method, path)
