"""The language in which a service is declared, its registry and its checks. No models, no views, no AWS calls."""
