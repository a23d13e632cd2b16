"""The Pact Broker's HTTP interface: hypertext (HAL) over HTTP, without decisions.

Links are followed from the index. Credentials go to the broker's own origin and nowhere else, whatever a redirect or a
link in an answer says. Sources: `rel` documentation of the broker; the bodies of its errors as recorded of 2.120.0.
"""
