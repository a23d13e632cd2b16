"""A Pact Broker, or PactFlow, as a store of contracts, results and deployments."""
