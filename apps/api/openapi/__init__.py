"""The OpenAPI 3.1 document, derived from the registry and the forms."""
