"""Where the three stores differ, and why. Each line is meant, and none of them lets the gate allow what it should not.

A test that meets a difference asks for it by its name (`World.differs`), so that none stands here that no test shows.
"""

from typing import Final

DIFFERENCES: Final[dict[str, str]] = {
    "environments": (
        "A Pact Broker's environments are made by an administrator. The built-in store knows an environment once "
        "something was recorded there; the first time, first-deployment: true says that its name is not misspelt."
    ),
    "tags and fallbackBranch": (
        "A Pact Broker keeps tags and selects by them, and passes over fallbackBranch. The built-in store keeps no "
        "tags, as branches and environments say the same, and refuses selectors with either."
    ),
    "other keys of a Pact file": (
        "To a Pact Broker, a contract is its interactions, messages and specification version alone. To the built-in "
        "store, so are the plugins and every key at the top of the file: nothing is left out that it does not know."
    ),
    "names of versions and branches": (
        "A Pact Broker refuses names that are a step in a path (`.`, `..`) or have several lines, as they stand in its "
        "addresses. The built-in store takes them."
    ),
    "names of services that nobody can read": (
        "A Pact Broker takes names of services with signs that nobody sees. The built-in store does not publish for "
        "them."
    ),
    "names of services that look alike": (
        "Both refuse to publish for a new service whose name looks like another one's. A Pact Broker goes by words, "
        "without “api”, “service”, “provider” and a plural's s; the built-in store by letters and digits."
    ),
    "successes of versions on no branch": (
        "A success of a provider version on no branch ends that a contract is pending for others on no branch. In the "
        "built-in store it does so on every branch that began after it, too: there it may bind earlier."
    ),
    "what is released makes a service known": (
        "A Pact Broker does not say of a service that has no contracts whether it is released anywhere: then the gate "
        "does not know it. The built-in store says so."
    ),
    "the version that a contract is shown with": (
        "Of several versions with the same content, a Pact Broker names the newest of those that were selected for the "
        "first reason, and the built-in store the newest of all that were selected. Results are those of the content."
    ),
    "who answers for a service": (
        "A Pact Broker knows the repository of an application, if somebody told it. The built-in store knows the "
        "owners that the repository itself named when it published last. Nobody is mentioned on GitHub for that."
    ),
    "where a result can be read": (
        "A result's address is the Pact Broker's own; in the built-in store it is the page of the run that made it."
    ),
}
"""What differs, and what a user may read of it."""
