"""The door by which a client asks a customer on a device of hers (OpenID CIBA Core 1.0 section 7)."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from kit import clock
from kit.http import call_from
from kit.throttle import count
from oauth import conf
from oauth.errors import InvalidClient, InvalidRequest, TooManyQuestions
from oauth.flows.backchannel import ask_customer
from oauth.models import Client
from oauth.types import BackchannelAsk, GrantType, Parameters
from oauth.views.clients import check_way_in, client_caller, client_endpoint


@client_endpoint
def backchannel_authentication(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """Put a question to a customer. Beside what the specification names, the answer has the `number` to show."""
    if not client.is_confidential:
        raise InvalidClient
    check_way_in(client, GrantType.CIBA)
    if form.get("request"):
        raise InvalidRequest("Signed requests are not taken. Send the parameters as they are.")
    if count(
        *("backchannel-client", client.client_id),
        limit=conf.wrong_secrets_limit(conf.ASKS_PER_CLIENT),
        seconds=conf.ASKS_WINDOW_SECONDS,
        now=clock.now().timestamp(),
    ):
        raise TooManyQuestions
    answer = ask_customer(
        client=client,
        ask=BackchannelAsk(
            scope=form.get("scope"),
            login_hint=form.get("login_hint"),
            id_token_hint=form.get("id_token_hint"),
            login_hint_token=form.get("login_hint_token"),
            binding_message=form.get("binding_message"),
            acr_values=form.get("acr_values"),
            requested_expiry=form.get("requested_expiry"),
            resource=form.resource,
        ),
        call=call_from(request, caller=client_caller(client), channel=client.channel_id),
    )
    body = {"auth_req_id": answer.auth_req_id, "expires_in": answer.expires_in, "interval": answer.interval}
    return JsonResponse(body | {"number": answer.number})
