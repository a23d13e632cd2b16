"""The provider under test: started or merely reached, ready before the first request, stopped for certain."""
