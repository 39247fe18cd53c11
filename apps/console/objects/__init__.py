"""The pages of what lies within a resource: a browser of folders and objects, and each object's own page."""
