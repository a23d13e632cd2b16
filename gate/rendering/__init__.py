"""From a report to text. Pure."""
