"""What can be asked of environments, and recorded of deployments and releases."""

from tests.pact_broker.calls import Call, created, gone, hal, invalid, missing
from tests.pact_broker.records import Deployment, Environment, Release, Version
from tests.pact_broker.registry import environments
from tests.pact_broker.validation import environment_errors
from tests.servers import Reply


def list_environments(call: Call) -> Reply:
    shapes, listed = call.shapes, environments(call)
    links = {
        "self": {"title": "Environments", "href": f"{call.base}/environments"},
        "pb:environments": [
            {"title": "Environment", "name": one.name, "href": shapes.environment_url(one)} for one in listed
        ],
    }
    return hal({"_embedded": {"environments": [shapes.environment(one) for one in listed]}, "_links": links})


def create_environment(call: Call) -> Reply:
    errors = environment_errors(call.state, call.fields)
    if errors:
        raise invalid(errors)
    wanted = call.fields
    environment = call.state.add_environment(wanted["name"], production=wanted["production"])
    _change(environment, call)
    return created(call.shapes.environment(environment), call.shapes.environment_url(environment))


def get_environment(call: Call) -> Reply:
    return hal(call.shapes.environment(_environment(call)))


def put_environment(call: Call) -> Reply:
    environment = _environment(call)
    errors = environment_errors(call.state, call.fields, uuid=environment.uuid)
    if errors:
        raise invalid(errors)
    _change(environment, call)
    environment.updated_at = call.state.clock.read()
    return hal(call.shapes.environment(environment))


def delete_environment(call: Call) -> Reply:
    call.state.drop_environment(_environment(call))
    return gone()


def currently_deployed(call: Call) -> Reply:
    environment = _environment(call)
    live = call.state.live_deployments(environment, call.query.get("pacticipant"))
    newest = sorted(live, key=lambda one: one.created_at, reverse=True)
    bodies = [call.shapes.deployment(one, listed=True) for one in newest]
    link = {"href": call.url, "title": f"Currently deployed versions for {environment.display_name}"}
    return hal({"_embedded": {"deployedVersions": bodies}, "_links": {"self": link}})


def currently_supported(call: Call) -> Reply:
    environment = _environment(call)
    live = call.state.live_releases(environment, call.query.get("pacticipant"))
    newest = sorted(live, key=lambda one: one.created_at, reverse=True)
    bodies = [call.shapes.release(one, listed=True) for one in newest]
    link = {"href": call.url, "title": f"Currently supported versions in {environment.display_name}"}
    return hal({"_embedded": {"releasedVersions": bodies}, "_links": {"self": link}})


def record_deployment(call: Call) -> Reply:
    wanted = call.fields.get("applicationInstance", call.fields.get("target"))  # "target" is its old name
    instance = None if wanted is None else str(wanted)
    deployment = call.state.deploy(_version(call), _environment(call), instance)
    body = call.shapes.deployment(deployment)
    return created(body, body["_links"]["self"]["href"])


def list_deployments(call: Call) -> Reply:
    environment = _environment(call)
    bodies = [
        call.shapes.deployment(one, listed=True)
        for one in reversed(_version(call).deployments)
        if one.environment is environment
    ]
    link = {"href": call.url, "title": f"Deployed versions for {environment.display_name}"}
    return hal({"_embedded": {"deployedVersions": bodies}, "_links": {"self": link}})


def record_release(call: Call) -> Reply:
    """Record a release. What was released before is supported again; that it is not new, the status says."""
    version, environment = _version(call), _environment(call)
    known = any(one.environment is environment for one in version.releases)
    body = call.shapes.release(call.state.release(version, environment))
    location = body["_links"]["self"]["href"]
    return hal(body, headers={"Location": location}) if known else created(body, location)


def get_deployment(call: Call) -> Reply:
    return hal(call.shapes.deployment(_deployment(call)))


def patch_deployment(call: Call) -> Reply:
    deployment = _deployment(call)
    _end(call, deployment, "currentlyDeployed")
    return hal(call.shapes.deployment(deployment))


def get_release(call: Call) -> Reply:
    return hal(call.shapes.release(_release(call)))


def patch_release(call: Call) -> Reply:
    release = _release(call)
    _end(call, release, "currentlySupported")
    return hal(call.shapes.release(release))


def _end(call: Call, one: Deployment | Release, name: str) -> None:
    """End it if the request says so. There is no way back but a new record."""
    wanted = call.fields.get(name)
    if wanted is True:
        fault = f"The {name} property cannot be set back to true. Please record a new deployment."
        raise invalid({name: [fault]}, status=422)
    if wanted is False and one.live:
        one.ended_at = call.state.clock.read()


def _environment(call: Call) -> Environment:
    found = call.state.environments.get(call.arguments["uuid"])
    if found is None:
        raise missing()
    return found


def _version(call: Call) -> Version:
    found = call.state.find_version(call.arguments["pacticipant"], call.arguments["version"])
    if found is None:
        raise missing()
    return found


def _deployment(call: Call) -> Deployment:
    found = call.state.deployments.get(call.arguments["uuid"])
    if found is None:
        raise missing()
    return found


def _release(call: Call) -> Release:
    found = call.state.releases.get(call.arguments["uuid"])
    if found is None:
        raise missing()
    return found


def _change(environment: Environment, call: Call) -> None:
    wanted = call.fields
    environment.name = wanted["name"]
    environment.display_name = wanted.get("displayName") or wanted["name"]
    environment.production = wanted["production"]
    environment.contacts = wanted.get("contacts") or []
