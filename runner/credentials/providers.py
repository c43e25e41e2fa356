"""Well-known providers whose access people grant: what has to be entered to connect there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Provider:
    """What a credential begins with; `about` says what to do there before."""

    title: str
    register: str
    fields: Mapping[str, str]
    hosts: tuple[str, ...]
    about: str = field(default="")


def _provider(
    title: str, register: str, consent: str, tokens: str, hosts: str, about: str = "", **more: str
) -> Provider:
    fields = {"authorization_url": consent, "token_url": tokens, "send_in": "body", **more}
    return Provider(title, register, fields, tuple(hosts.split()), about)


PROVIDERS = (
    _provider(
        "Google",
        "https://console.cloud.google.com/auth/clients",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "*.googleapis.com",
        "A client of the type Web application. While its consent screen is in testing, Google "
        "takes access back after seven days.",
        parameters="access_type=offline&prompt=consent",
    ),
    _provider(
        "Microsoft",
        "https://entra.microsoft.com/",
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "graph.microsoft.com",
        "An app registration with the platform Web. For one organisation alone, put the id of its "
        "tenant in place of common.",
        scope="offline_access User.Read",
    ),
    _provider(
        "GitHub",
        "https://github.com/settings/developers",
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        "api.github.com",
        "An OAuth app or a GitHub app. Tokens of an OAuth app do not end.",
        scope="read:user",
    ),
    _provider(
        "GitLab",
        "https://gitlab.com/-/user_settings/applications",
        "https://gitlab.com/oauth/authorize",
        "https://gitlab.com/oauth/token",
        "gitlab.com",
        "For a GitLab of your own, put its host in place of gitlab.com.",
        scope="read_api",
    ),
    _provider(
        "Slack",
        "https://api.slack.com/apps",
        "https://slack.com/oauth/v2/authorize",
        "https://slack.com/api/oauth.v2.access",
        "slack.com",
        "Slack takes redirect addresses with https alone, and a proof key only of an app that is "
        "a public client. For scopes of a person, enter them as "
        "user_scope=… at the further parameters.",
        scope="channels:read,chat:write",
        pkce="none",
    ),
    _provider(
        "Atlassian (Jira, Confluence)",
        "https://developer.atlassian.com/console/myapps/",
        "https://auth.atlassian.com/authorize",
        "https://auth.atlassian.com/oauth/token",
        "api.atlassian.com",
        scope="offline_access read:jira-work",
        parameters="audience=api.atlassian.com&prompt=consent",
    ),
    _provider(
        "Discord",
        "https://discord.com/developers/applications",
        "https://discord.com/oauth2/authorize",
        "https://discord.com/api/oauth2/token",
        "discord.com",
        scope="identify",
    ),
    _provider(
        "Dropbox",
        "https://www.dropbox.com/developers/apps",
        "https://www.dropbox.com/oauth2/authorize",
        "https://api.dropboxapi.com/oauth2/token",
        "api.dropboxapi.com content.dropboxapi.com",
        parameters="token_access_type=offline",
    ),
    _provider(
        "HubSpot",
        "https://developers.hubspot.com/",
        "https://app.hubspot.com/oauth/authorize",
        "https://api.hubapi.com/oauth/v1/token",
        "api.hubapi.com",
        scope="oauth crm.objects.contacts.read",
    ),
    _provider(
        "Salesforce",
        "https://login.salesforce.com/",
        "https://login.salesforce.com/services/oauth2/authorize",
        "https://login.salesforce.com/services/oauth2/token",
        "*.my.salesforce.com",
        scope="api refresh_token",
    ),
    _provider(
        "Spotify",
        "https://developer.spotify.com/dashboard",
        "https://accounts.spotify.com/authorize",
        "https://accounts.spotify.com/api/token",
        "api.spotify.com",
        scope="user-read-private",
        send_in="header",
    ),
    _provider(
        "Zoom",
        "https://marketplace.zoom.us/develop/create",
        "https://zoom.us/oauth/authorize",
        "https://zoom.us/oauth/token",
        "api.zoom.us",
        send_in="header",
    ),
)
