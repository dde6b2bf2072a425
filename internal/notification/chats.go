package notification

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"praetor/internal/prefect"
)

const utf8JSON = "application/json; charset=utf-8"

var (
	slackURL = regexp.MustCompile(`(?i)^https?://(hooks\.slack(?:-gov)?\.com)/services/([A-Z0-9]+)/([A-Z0-9]+)/([A-Z0-9]+)/?$`)
	// slackMarks are links and mentions, which Slack reads, and which therefore stay as they are.
	slackMarks = regexp.MustCompile(`(?i)<(?:(?:https?|mailto)://[^| \n>]+|[!@][^| \n>]+)(?:\|[^\n>]*)?>`)
)

// slack is a webhook of Slack's, or another address of the forms that the reference's library knows and people use here.
func slack(data prefect.Object, m Message, now time.Time) (*plan, error) {
	b := struct {
		URL          string `json:"url"`
		NotifyType   string `json:"notify_type"`
		AllowPrivate bool   `json:"allow_private_urls"`
	}{AllowPrivate: true}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.URL == "" {
		return nil, missing("url")
	}
	p, err := slackPlan(b.URL, kindOr(b.NotifyType), trimmed(m), now)
	if p != nil {
		p.guarded = !b.AllowPrivate
	}
	return p, err
}

func slackPlan(address, kind string, m Message, now time.Time) (*plan, error) {
	if parts := slackURL.FindStringSubmatch(address); parts != nil {
		host, agent := strings.ToLower(parts[1]), appName
		if host != "hooks.slack.com" {
			agent = otherName
		}
		return slackPosts("https://"+host+"/services/"+strings.Join(parts[2:5], "/"), agent, kind, m, now, nil)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, &Error{Log: "The address of the webhook is not understood."}
	}
	switch u.Scheme {
	case "slack":
		path := strings.Split(strings.Trim(u.Path, "/"), "/")
		if len(path) >= 2 && u.Host != "" {
			targets := path[2:]
			if u.Fragment != "" {
				targets = append(targets, "#"+strings.Trim(u.Fragment, "/"))
			}
			return slackPosts("https://hooks.slack.com/services/"+u.Hostname()+"/"+path[0]+"/"+path[1], appName, kind, m, now, targets)
		}
	case "json", "jsons":
		u.Scheme = map[string]string{"json": "http", "jsons": "https"}[u.Scheme]
		return posted("JSON", u.String(), "application/json",
			object{"version": "1.0", "title": m.Subject, "message": m.Body, "attachments": []any{}, "type": kind}, nil)
	}
	return nil, &Error{Log: "The address of the webhook is none of Slack's."}
}

func slackPosts(to, agent, kind string, m Message, now time.Time, channels []string) (*plan, error) {
	p := &plan{service: "Slack"}
	targets := []string{""}
	if len(channels) > 0 {
		targets = channels
	}
	color := map[string]string{"info": "#3AA3E3", "success": "#3AA337", "warning": "#CACF29", "failure": "#A32037"}[kind]
	for _, channel := range targets {
		body := object{
			"mrkdwn": true, "icon_url": icon(kind, "72x72"),
			"attachments": []object{{
				"title": slackText(m.Subject), "text": slackText(m.Body), "color": color, "footer": agent, "footer_icon": icon(kind, "72x72"),
				"ts": float64(now.UnixMicro()) / 1e6,
			}},
		}
		if channel != "" {
			if !strings.ContainsAny(channel[:1], "#@+") {
				channel = "#" + channel
			}
			body["channel"] = channel
		}
		r, err := jsonRequest(to, agent, utf8JSON, body, nil)
		if err != nil {
			return nil, err
		}
		p.requests = append(p.requests, r)
	}
	return p, nil
}

// slackText escapes what Slack would read as marks, but for links and mentions.
func slackText(s string) string {
	signs := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var b strings.Builder
	at := 0
	for _, span := range slackMarks.FindAllStringIndex(s, -1) {
		b.WriteString(signs.Replace(s[at:span[0]]))
		b.WriteString(s[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(signs.Replace(s[at:]))
	return b.String()
}

var teamsPath = regexp.MustCompile(`(?i)/workflows/[A-Z0-9_-]+/triggers/manual/paths/invoke/?$`)

// teams is a workflow of Microsoft's, which posts a card to a channel.
func teams(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	b := struct {
		URL          string `json:"url"`
		NotifyType   string `json:"notify_type"`
		IncludeImage bool   `json:"include_image"`
		Wrap         bool   `json:"wrap"`
		AllowPrivate bool   `json:"allow_private_urls"`
	}{IncludeImage: true, Wrap: true, AllowPrivate: true}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	u, err := url.Parse(b.URL)
	if err != nil || u.Scheme != "https" || !teamsPath.MatchString(u.Path) || u.Query().Get("sig") == "" {
		return nil, &InvalidError{"ValueError", "Invalid Microsoft Teams Workflow URL provided."}
	}
	kind, text := kindOr(b.NotifyType), trimmed(m)
	var blocks []object
	if b.IncludeImage {
		blocks = append(blocks, object{"type": "Image", "url": icon(kind, "32x32"), "height": "32px", "altText": kind})
	}
	if text.Subject != "" {
		blocks = append(blocks, object{"type": "TextBlock", "text": text.Subject, "style": "heading", "weight": "Bolder", "size": "Large", "id": "title"})
	}
	blocks = append(blocks, object{"type": "TextBlock", "text": text.Body, "style": "default", "wrap": b.Wrap, "id": "body"})
	card := object{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": blocks,
		"msteams": object{"width": "full"},
	}
	p, err := posted("Microsoft Teams", b.URL, "application/json", object{
		"type": "message", "attachments": []object{{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card}},
	}, nil)
	if p != nil {
		p.guarded = !b.AllowPrivate
	}
	return p, err
}

// discord is a webhook of Discord's.
func discord(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	var b struct {
		ID         string `json:"webhook_id"`
		Token      string `json:"webhook_token"`
		NotifyType string `json:"notify_type"`
		TTS        bool   `json:"tts"`
		Avatar     bool   `json:"avatar"`
		AvatarURL  string `json:"avatar_url"`
	}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.ID == "" || b.Token == "" {
		return nil, missing("webhook_token")
	}
	token, _, _ := strings.Cut(b.Token, "/")
	body := object{"tts": b.TTS, "wait": !b.TTS, "content": joined(trimmed(m))}
	switch {
	case b.AvatarURL != "":
		body["avatar_url"] = b.AvatarURL
	case b.Avatar:
		body["avatar_url"] = icon(kindOr(b.NotifyType), "256x256")
	}
	return posted("Discord", "https://discord.com/api/webhooks/"+url.PathEscape(b.ID)+"/"+url.PathEscape(token), utf8JSON, body, nil)
}

// mattermost is a webhook of somebody's own Mattermost.
func mattermost(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	b := struct {
		Hostname     string   `json:"hostname"`
		Secure       bool     `json:"secure"`
		Token        string   `json:"token"`
		Botname      string   `json:"botname"`
		Channels     []string `json:"channels"`
		IncludeImage bool     `json:"include_image"`
		Path         string   `json:"path"`
		Port         int      `json:"port"`
		NotifyType   string   `json:"notify_type"`
	}{Port: 8065}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.Hostname == "" || b.Token == "" {
		return nil, missing("token")
	}
	to := url.URL{Scheme: "http", Host: b.Hostname + ":" + strconv.Itoa(b.Port)}
	if b.Secure {
		to.Scheme = "https"
	}
	if path := strings.Trim(b.Path, "/"); path != "" {
		to.Path = "/" + path
	}
	to.Path += "/hooks/" + b.Token
	body := object{"text": joined(trimmed(m)), "username": otherName}
	if b.Botname != "" {
		body["username"] = b.Botname
	}
	if b.IncludeImage {
		body["icon_url"] = icon(kindOr(b.NotifyType), "72x72")
	}
	p := &plan{service: "Mattermost"}
	channels := []string{""}
	if len(b.Channels) > 0 {
		channels = b.Channels
	}
	for _, channel := range channels {
		if channel = strings.TrimLeft(channel, "#"); channel != "" {
			body["channel"] = channel
		}
		r, err := jsonRequest(to.String(), otherName, "application/json", body, http.Header{})
		if err != nil {
			return nil, err
		}
		p.requests = append(p.requests, r)
	}
	return p, nil
}
