"""record.py > requests.jsonl: the requests by which the reference's notification blocks send a message. Run it in an environment
with the reference. Nothing is sent: a stand-in for the network writes down what would be.
"""

import asyncio
import json
import logging
import re
import sys
from unittest import mock

import httpx
import requests
from prefect.blocks import notifications as n
from prefect.blocks.abstract import NotificationError
from prefect.blocks.webhook import Webhook

logging.disable(logging.NOTSET)
logging.getLogger("apprise").setLevel(logging.CRITICAL)

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = ("https://prod-12.westus.logic.azure.com:443/workflows/" + "0123456789abcdef" * 2 +
         "/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=SIGNATURE_-x")
TEAMS_OTHER = ("https://default12.34.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/" + "0123456789abcdef" * 2 +
               "/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=SIGNATURE_-x")
MESSAGES = {
    "plain": ("Prefect automated notification", "Flow run wild-otter failed"),
    "signs": ("a <b> & c", "line one\nline two <http://x.example/y?a=1&b=2|here> & 'quoted' \"double\" *bold* _it_ `code` # head\n- item"),
    "no subject": ("", "only a body"),
    "uni": ("grüße", "👋 done\n\n\nend  \n"),
    "spaces": ("  s  ", "  body  "),
    "long": ("long", "word " * 900),
}
BLOCKS = [
    ("slack-webhook", n.SlackWebhook, {"url": SLACK}),
    ("slack-webhook", n.SlackWebhook, {"url": SLACK, "notify_type": "failure"}),
    ("slack-webhook", n.SlackWebhook, {"url": SLACK.replace("slack.com", "slack-gov.com")}),
    ("slack-webhook", n.SlackWebhook, {"url": "https://example.com/hook/x?y=1"}),
    ("slack-webhook", n.SlackWebhook, {"url": "not a url"}),
    ("slack-webhook", n.SlackWebhook, {"url": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"}),
    ("slack-webhook", n.SlackWebhook, {"url": "http://127.0.0.1:9/x", "allow_private_urls": False}),
    ("slack-webhook", n.SlackWebhook, {"url": "json://127.0.0.1:9/x"}),
    ("ms-teams-webhook", n.MicrosoftTeamsWebhook, {"url": TEAMS}),
    ("ms-teams-webhook", n.MicrosoftTeamsWebhook, {"url": TEAMS, "include_image": False, "wrap": False, "notify_type": "warning"}),
    ("ms-teams-webhook", n.MicrosoftTeamsWebhook, {"url": TEAMS_OTHER}),
    ("ms-teams-webhook", n.MicrosoftTeamsWebhook, {"url": "https://example.com/x"}),
    ("pager-duty-webhook", n.PagerDutyWebHook, {"integration_key": "ik", "api_key": "ak"}),
    ("pager-duty-webhook", n.PagerDutyWebHook, {"integration_key": "i/k", "api_key": "a?k", "source": "src", "component": "comp", "group": "g", "class_id": "c",
                                                "region_name": "eu", "clickable_url": "http://x.example/c?d=1", "include_image": False,
                                                "custom_details": {"disk": "145GB", "a b": "c d"}, "notify_type": "failure"}),
    ("pager-duty-webhook", n.PagerDutyWebHook, {"integration_key": "ik", "api_key": "ak", "notify_type": "success", "source": None}),
    ("twilio-sms", n.TwilioSMS, {"account_sid": "AC" + "a" * 32, "auth_token": "b" * 32, "from_phone_number": "+18001234567",
                                 "to_phone_numbers": ["18004242424", "+1 (800) 424-2425"]}),
    ("twilio-sms", n.TwilioSMS, {"account_sid": "AC" + "a" * 32, "auth_token": "b" * 32, "from_phone_number": "12345", "to_phone_numbers": ["bad"]}),
    ("opsgenie-webhook", n.OpsgenieWebhook, {"apikey": "0a1b2c3d-1111-2222-3333-444455556666"}),
    ("opsgenie-webhook", n.OpsgenieWebhook, {"apikey": "key", "target_user": ["ada", "0a1b2c3d-1111-2222-3333-444455556666"], "target_team": ["ops"],
                                             "target_schedule": ["night"], "target_escalation": ["up"], "region_name": "eu", "priority": 5, "alias": "al",
                                             "entity": "en", "tags": ["t1", "t 2"], "details": {"k": "v", "a b": "c&d"}, "notify_type": "failure"}),
    ("opsgenie-webhook", n.OpsgenieWebhook, {"apikey": "key", "target_user": ["ada", "bo"], "target_team": ["ops"], "batch": True, "priority": 1}),
    ("mattermost-webhook", n.MattermostWebhook, {"hostname": "mm.example", "token": "tokentoken"}),
    ("mattermost-webhook", n.MattermostWebhook, {"hostname": "mm.example", "token": "tok", "secure": True, "botname": "bot", "channels": ["#one", "two"],
                                                 "include_image": True, "path": "/sub/", "port": 443, "notify_type": "warning"}),
    ("discord-webhook", n.DiscordWebhook, {"webhook_id": "12345", "webhook_token": "tokentoken"}),
    ("discord-webhook", n.DiscordWebhook, {"webhook_id": "12345", "webhook_token": "tok/en", "botname": "bot", "tts": True, "include_image": True, "avatar": True,
                                           "avatar_url": "http://x.example/a.png", "notify_type": "failure"}),
    ("discord-webhook", n.DiscordWebhook, {"webhook_id": "12345", "webhook_token": "token", "avatar": True, "notify_type": "success"}),
    ("sendgrid-email", n.SendgridEmail, {"api_key": "SG.key", "sender_email": "from@example.com", "to_emails": ["a@example.com", "b@example.com"]}),
    ("sendgrid-email", n.SendgridEmail, {"api_key": "SG.key", "sender_email": "from@example.com", "to_emails": []}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "https://example.com/{{token}}?s={{subject}}", "method": "POST",
                                                          "json_data": {"text": "{{subject}}\n{{body}}", "title": "{{name}}", "n": 1, "list": ["{{body}}", None], "whole": "{{token}}"},
                                                          "headers": {"X-Token": "{{token}}"}, "params": {"p": "{{name}} x"}, "cookies": {"c": "{{token}}"},
                                                          "secrets": {"token": "se&cret"}, "timeout": 3.5}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "https://example.com/x", "method": "PUT", "form_data": {"a": "{{body}}", "b": "x y&z"}}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "https://example.com/x", "method": "PATCH", "form_data": "raw {{subject}}: {{body}}"}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "https://example.com/x", "method": "GET"}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "https://example.com/{{nope}}"}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "https://example.com/", "json_data": {}, "form_data": {}}),
    ("custom-webhook", n.CustomWebhookNotificationBlock, {"name": "hook", "url": "http://127.0.0.1:1/x", "allow_private_urls": False}),
    ("webhook", Webhook, {"url": "https://example.com/hook?a=b", "method": "POST", "headers": {"Authorization": "Bearer x", "Content-Type": "application/json"}}),
    ("webhook", Webhook, {"url": "https://example.com/hook", "method": "DELETE"}),
    ("webhook", Webhook, {"url": "https://example.com/hook", "method": "GET", "headers": {"X": "1"}}),
    ("webhook", Webhook, {"url": "http://127.0.0.1:1/x", "allow_private_urls": False}),
    ("webhook", Webhook, {"url": "http://169.254.169.254/latest", "allow_private_urls": False}),
    ("webhook", Webhook, {"url": "ftp://example.com/x", "allow_private_urls": False}),
    ("webhook", Webhook, {"url": "http://nothing.invalid/x", "allow_private_urls": False}),
    ("webhook", Webhook, {"url": "not a url", "allow_private_urls": False}),
    ("webhook", Webhook, {"url": "not a url"}),
    ("webhook", Webhook, {"url": "https://example.com/hook", "method": "POST", "headers": {"X": "ümlaut"}}),
]
SENT = []


def note(method, url, headers, body):
    if isinstance(body, bytes):
        body = body.decode()
    headers = {k.lower(): v for k, v in headers.items() if k.lower() not in ("content-length", "accept-encoding", "connection", "accept", "host")}
    SENT.append({"method": method, "url": str(url), "headers": headers, "body": body or ""})


def send(self, request, **kwargs):
    note(request.method, request.url, request.headers, request.body)
    response = requests.Response()
    response.status_code = 200
    response._content = b"ok" if "slack" in request.url else b'{"requestId": "r"}'
    if "twilio" in request.url:
        response.status_code = 201
    if "pagerduty" in request.url or "opsgenie" in request.url or "sendgrid" in request.url:
        response.status_code = 202
    response.request = request
    return response


async def handle(self, request):
    note(request.method, request.url, request.headers, request.content)
    return httpx.Response(200, text="ok", request=request)


async def main():
    seen = set()
    for slug, block, fields in BLOCKS:
        for name, (subject, body) in MESSAGES.items():
            if name != "plain" and (slug == "webhook" or slug in seen and name == "long"):
                continue
            SENT.clear()
            line = {"block": slug, "data": fields, "subject": subject, "body": body}
            try:
                made = block(**fields)
            except Exception as e:
                print(json.dumps(line | {"invalid": type(e).__name__, "message": str(e)}))
                break
            try:
                if slug == "webhook":
                    await made.call(payload=body)
                else:
                    with made.raise_on_failure():
                        await made.notify(subject=subject, body=body)
            except NotificationError as e:
                line["failed"] = e.log
            except Exception as e:
                line["error"] = repr(e)
            print(json.dumps(line | {"sent": SENT}))
            seen |= {slug} if name == "long" else set()


with mock.patch.object(requests.Session, "send", send), mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle):
    asyncio.run(main())
