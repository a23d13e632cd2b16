"""From text to typed values: options, environment and the gate file."""
