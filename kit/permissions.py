"""Which doors of the API open to a token under which somebody acts for a customer."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kit.call import Caller
from kit.refusal import NotAllowed

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it loads its default permissions, this one among them


class Herself(BasePermission):
    """Staff and agents who act for a customer reach what a view opens to them: `open_to_actors = ("GET",)`.

    Everything else is for the customer herself and for clients: a door that says nothing stays shut.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Always true; raises NotAllowed otherwise."""
        caller: object = request.auth
        if not isinstance(caller, Caller) or caller.is_herself or request.method in getattr(view, "open_to_actors", ()):
            return True
        raise NotAllowed("This is for the customer herself; nobody else does it for her.")
