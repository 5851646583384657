"""4MOST's tokens: given for user and password and taken with each call, by the habits in `standins/tokens.py`."""

from typing import Any

from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.standins.tokens import Tokens


class TokenWithHabits(TokenAuthentication):
    """Refuses a token that has run out, or is not the newest of its user."""

    def authenticate(self, request: Request) -> Any:
        """As DRF does it, with the status of the habits."""
        self.tokens: Tokens = request.META["sandbox.world"].tokens
        return super().authenticate(request)

    def authenticate_credentials(self, key: str) -> Any:
        """The user and the token of a key."""
        try:
            found = super().authenticate_credentials(key)
            if not self.tokens.serves(key):
                raise AuthenticationFailed("Invalid token.")
        except AuthenticationFailed as refusal:
            if self.tokens.status == 403:
                raise PermissionDenied("Invalid token.") from refusal
            raise
        return found


class ObtainToken(ObtainAuthToken):
    """Gives a token for user and password."""

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The user's token; a new one where the habits say so."""
        tokens: Tokens = request.META["sandbox.world"].tokens
        tokens.given += 1
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = serializer.validated_data["user"]
        for old in Token.objects.filter(user=user):
            if tokens.one_a_user or tokens.is_over(old.key):
                old.delete()
        token, _ = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})
