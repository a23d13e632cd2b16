"""The objects in the broker's answers that tell of pacts, results and the matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.pact_broker import metadata
from tests.pact_broker.content import with_ids
from tests.pact_broker.matrix import Matrix, Row
from tests.pact_broker.metadata import Metadata
from tests.pact_broker.notices import notices, short_description
from tests.pact_broker.records import Content, Pact, Pacticipant, Result, Version
from tests.pact_broker.selection import Verifiable, Wanted
from tests.pact_broker.shapes import Shapes, pact_name, part, present
from tests.pact_broker.verdict import Verdict

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PactShapes:
    """Builds objects whose addresses lie below the one that the client called."""

    shapes: Shapes

    def content_url(self, content: Content) -> str:
        return f"{self.shapes.pair_url(content.consumer, content.provider)}/pact-version/{content.sha}"

    def result_url(self, result: Result) -> str:
        return f"{self.content_url(result.content)}/verification-results/{result.number}"

    def pact(self, pact: Pact, how: Metadata, *, versions: Sequence[Version] | None = None) -> Json:
        """Give the pact with the broker's additions. Versions are those that the address names."""
        content = with_ids(pact.content.body)
        return {**content, "createdAt": pact.created_at, "_links": self._pact_links(pact, how, versions)}

    def result(self, result: Result) -> Json:
        pact, url = result.content.latest_pact, self.result_url(result)
        cvn = metadata.of_version(pact.version.number)
        links = {
            "self": {
                "title": "Verification result",
                "name": f"Verification result {result.number} for {pact_name(pact)}",
                "href": url,
            },
            "pb:pact-version": {
                "title": "Pact",
                "name": pact_name(pact),
                "href": f"{self.content_url(result.content)}/metadata/{cvn}",
            },
            "pb:triggered-webhooks": {
                "title": "Webhooks triggered by the publication of this verification result",
                "href": f"{url}/triggered-webhooks",
            },
        }
        fields = present(
            providerName=result.content.provider.name,
            providerApplicationVersion=result.version.number,
            success=result.success,
            verificationDate=result.executed_at,
            buildUrl=result.build_url,
            testResults=result.test_results,
        )
        return {**fields, "verifiedBy": _verifier(result.verified_by), "_links": links}

    def verifiable(self, one: Verifiable, wanted: Wanted) -> Json:
        """Give an entry of the list for a provider."""
        url = self.content_url(one.pact.content)
        shown = f"{url}/metadata/d2lwPXRydWU" if one.wip else url
        states = {} if one.pending is None else {"pending": one.pending}
        properties = {
            **states,
            **({"wip": True} if one.wip else {}),
            "notices": notices(one, shown, wanted),
        }
        href = f"{url}/metadata/{metadata.of_verifiable(one)}"
        return {
            "shortDescription": short_description(one),
            "verificationProperties": properties,
            "_links": {"self": {"href": href, "name": pact_name(one.pact)}},
        }

    def matrix(self, matrix: Matrix) -> Json:
        verdict = Verdict(matrix)
        rows = [self._row(row) for row in matrix.considered]
        ignored = [{**self._row(row), "ignored": True} for row in matrix.ignored]
        return {
            "summary": verdict.summary(),
            "notices": [{"type": kind, "text": text} for kind, text in verdict.notices()],
            "matrix": [*rows, *ignored],
        }

    def _row(self, row: Row) -> Json:
        consumer, provider = row.pact.consumer, row.pact.provider
        provided = None if row.result is None else self._row_version(row.result.version)
        return {
            "consumer": self._row_side(consumer, self._row_version(row.pact.version)),
            "provider": self._row_side(provider, provided),
            "pact": {
                "createdAt": row.pact.created_at,
                "_links": {"self": {"href": self.shapes.pact_url(row.pact)}},
            },
            "verificationResult": None if row.result is None else self._row_result(row.pact, row.result),
        }

    def _row_side(self, one: Pacticipant, version: Json | None) -> Json:
        links = {"self": {"href": self.shapes.pacticipant_url(one)}}
        return {"name": one.name, "version": version, "_links": links}

    def _row_version(self, version: Version) -> Json:
        branches = [self.shapes.short_branch_version(one) for one in version.branches.values()]
        return {
            "number": version.number,
            "branch": next(reversed(version.branches), None),
            "branches": branches,
            "branchVersions": branches,
            "environments": [self.shapes.short_environment(one) for one in version.environments()],
            "_links": {"self": {"href": self.shapes.version_url(version)}},
            "tags": [self.shapes.short_tag(tag) for tag in version.tags.values()],
        }

    def _row_result(self, pact: Pact, result: Result) -> Json:
        cvn = metadata.of_version(pact.version.number)
        href = f"{self.content_url(pact.content)}/metadata/{cvn}/verification-results/{result.number}"
        return {"success": result.success, "verifiedAt": result.executed_at, "_links": {"self": {"href": href}}}

    def _pact_links(self, pact: Pact, how: Metadata, versions: Sequence[Version] | None) -> Json:
        shapes, consumer, provider = self.shapes, pact.consumer, pact.provider
        url, pair, content_url = (
            shapes.pact_url(pact),
            shapes.pair_url(consumer, provider),
            self.content_url(pact.content),
        )
        version_url = shapes.version_url(pact.version)
        results = content_url if how.given is None else f"{content_url}/metadata/{how.given}"
        named = {"pb:consumer-versions": [self._version_link(one) for one in versions]} if versions is not None else {}
        matrix = f"q%5B%5D%5Bpacticipant%5D={part(consumer.name)}&q%5B%5D%5Bversion%5D={part(pact.version.number)}"
        webhooks = f"{shapes.base}/webhooks"
        plain = {
            "pb:latest-pact-version": ("Latest version of this pact", f"{pair}/latest"),
            "pb:all-pact-versions": ("All versions of this pact", f"{pair}/versions"),
            "pb:latest-untagged-pact-version": ("Latest untagged version of this pact", f"{pair}/latest-untagged"),
            "pb:latest-tagged-pact-version": ("Latest tagged version of this pact", f"{pair}/latest/{{tag}}"),
            "pb:previous-distinct": ("Previous distinct version of this pact", f"{url}/previous-distinct"),
            "pb:diff-previous-distinct": (
                "Diff with previous distinct version of this pact",
                f"{url}/diff/previous-distinct",
            ),
            "pb:diff": (
                "Diff with another specified version of this pact",
                f"{content_url}/diff/pact-version/{{pactVersion}}",
            ),
            "pb:pact-webhooks": (
                f"Webhooks for the pact between {consumer.name} and {provider.name}",
                f"{webhooks}/provider/{part(provider.name)}/consumer/{part(consumer.name)}",
            ),
            "pb:consumer-webhooks": (
                f"Webhooks for all pacts with provider {provider.name}",
                f"{webhooks}/consumer/{part(provider.name)}",
            ),
            "pb:tag-prod-version": (
                "PUT to this resource to tag this consumer version as 'production'",
                f"{version_url}/tags/prod",
            ),
            "pb:tag-version": ("PUT to this resource to tag this consumer version", f"{version_url}/tags/{{tag}}"),
            "pb:publish-verification-results": ("Publish verification results", f"{results}/verification-results"),
        }
        last = {
            "pb:triggered-webhooks": (
                "Webhooks triggered by the publication of this pact",
                f"{url}/triggered-webhooks",
            ),
            "pb:matrix-for-consumer-version": (
                "View matrix rows for the consumer version to which this pact belongs",
                f"{shapes.base}/matrix?{matrix}&latestby=cvpv",
            ),
        }
        return {
            "self": shapes.pact_link(pact),
            "pb:consumer": {"title": "Consumer", "name": consumer.name, "href": shapes.pacticipant_url(consumer)},
            "pb:consumer-version": self._version_link(pact.version),
            **named,
            "pb:provider": {"title": "Provider", "name": provider.name, "href": shapes.pacticipant_url(provider)},
            "pb:pact-version": {
                "title": "Pact content version permalink",
                "name": pact.content.sha,
                "href": content_url,
            },
            **_titled(plain),
            "pb:latest-verification-results": {"href": f"{content_url}/verification-results/latest"},
            **_titled(last),
            "curies": shapes.curies("pact"),
        }

    def _version_link(self, version: Version) -> Json:
        return {"title": "Consumer version", "name": version.number, "href": self.shapes.version_url(version)}


def _verifier(said: Any) -> Json:
    """Keep what the broker knows of the program that verified, under its own names."""
    known = said if isinstance(said, dict) else {}
    language = known["clientLanguage"] if isinstance(known.get("clientLanguage"), dict) else {}
    return present(
        implementation=known.get("implementation"),
        version=known.get("version"),
        client_implementation=language.get("name"),
        client_test_framework=language.get("testFramework"),
        client_version=language.get("version"),
    )


def _titled(links: dict[str, tuple[str, str]]) -> Json:
    templated = {"pb:latest-tagged-pact-version", "pb:diff"}
    return {
        rel: {"title": title, "href": href, **({"templated": True} if rel in templated else {})}
        for rel, (title, href) in links.items()
    }
