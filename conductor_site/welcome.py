"""The owner's way in: a one-time link printed at the first start, then a password of their own."""

from __future__ import annotations

from django.contrib.auth import get_user_model, login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

OWNER = "owner"


class WelcomeTokens(PasswordResetTokenGenerator):
    """Tokens that end with the first sign-in or password, since both are part of their hash."""

    key_salt = "conductor.welcome"


tokens = WelcomeTokens()


def owner() -> User:
    """Return the owner of this installation, created without a password on the first start."""
    user, created = get_user_model().objects.get_or_create(
        username=OWNER, defaults={"is_staff": True, "is_superuser": True}
    )
    if created:
        user.set_unusable_password()
        user.save()
    return user


def link(base: str) -> str:
    """Return an address below `base` (`http://host:port`) that signs the owner in once."""
    return f"{base}/welcome/{tokens.make_token(owner())}/"


@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """Sign the owner in with the link's token and ask for a password."""
    user = get_user_model().objects.filter(username=OWNER, is_active=True).first()
    if user is None or not tokens.check_token(user, token):
        return render(request, "welcome/used.html", status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("welcome-password")


@never_cache
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Let the person who is signed in set a password, if they have none yet."""
    user = request.user
    assert isinstance(user, User)
    if user.has_usable_password():
        return redirect("/blueprints/")
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        return redirect("/blueprints/")
    return render(request, "welcome/password.html", {"form": form, "name": user.get_username()})
