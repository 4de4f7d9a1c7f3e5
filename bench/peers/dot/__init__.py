"""django-oauth-toolkit in a project of its own, as its tutorial sets it up; and the same, tuned."""
