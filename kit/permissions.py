"""Which doors of the API open to whom: a customer herself, whoever acts for her, a channel's client."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kit.call import Caller
from kit.refusal import InsufficientScope, NotAllowed

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it loads its default permissions, this one among them


class ClientPrincipal:
    """What DRF calls the user when a client calls for itself."""

    is_authenticated = True
    is_active = True

    def __init__(self, caller: Caller) -> None:
        self.client_id = caller.client_id


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


class ChannelClient(BasePermission):
    """Clients with a token of their own, without a customer in it, that carries the view's `scope`."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Always true; raises NotAllowed and InsufficientScope otherwise."""
        caller: object = request.auth
        if not isinstance(caller, Caller) or caller.subject is not None or caller.client_id is None:
            raise NotAllowed("This needs a client's own access token (client credentials).")
        scope: str = view.scope  # type: ignore[attr-defined]
        if scope not in caller.scopes:
            raise InsufficientScope(f"This needs the scope {scope}.")
        return True


class HerselfOrChannelClient(BasePermission):
    """A customer with her own token, nobody acting for her; or a client whose own token has the scope of the method.

    The view says the scopes: `scopes = {"GET": "consent.read", "POST": "consent.write"}`.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Always true; raises NotAllowed and InsufficientScope otherwise."""
        caller: object = request.auth
        if not isinstance(caller, Caller) or not caller.is_herself:
            raise NotAllowed("This is for the customer herself; nobody else does it for her.")
        scope: str = view.scopes.get(str(request.method), "")  # type: ignore[attr-defined]
        if caller.subject is None and scope and scope not in caller.scopes:
            raise InsufficientScope(f"This needs the scope {scope}.")
        return True
