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

// pagerDuty triggers an incident. A subject becomes its summary, and the body one of its details.
func pagerDuty(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	b := struct {
		IntegrationKey string            `json:"integration_key"`
		APIKey         string            `json:"api_key"`
		Source         string            `json:"source"`
		Component      string            `json:"component"`
		Group          string            `json:"group"`
		ClassID        string            `json:"class_id"`
		Region         string            `json:"region_name"`
		ClickableURL   string            `json:"clickable_url"`
		IncludeImage   bool              `json:"include_image"`
		Details        map[string]string `json:"custom_details"`
		NotifyType     string            `json:"notify_type"`
	}{Source: "Prefect", Component: "Notification", IncludeImage: true}
	if isNull(data, "source") {
		b.Source = otherName
	}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.IntegrationKey == "" || b.APIKey == "" {
		return nil, missing("api_key")
	}
	kind, text := kindOr(b.NotifyType), trimmed(m)
	details := map[string]string{}
	for name, value := range b.Details {
		details[name] = value
	}
	if m.Subject != "" {
		details["Prefect Notification Body"] = strings.TrimRight(m.Body, "\r\n")
		text.Body = ""
	}
	payload := object{
		"summary": joined(text), "source": b.Source, "component": b.Component,
		"severity": map[string]string{"info": "info", "success": "info", "warning": "warning", "failure": "critical"}[kind],
	}
	for name, value := range map[string]string{"group": b.Group, "class": b.ClassID} {
		if value != "" {
			payload[name] = value
		}
	}
	if len(details) > 0 {
		payload["custom_details"] = details
	}
	body := object{"routing_key": b.IntegrationKey, "payload": payload, "client": appName, "event_action": "trigger"}
	if b.ClickableURL != "" {
		body["links"] = []object{{"href": b.ClickableURL}}
	}
	if b.IncludeImage {
		body["images"] = []object{{"src": icon(kind, "128x128"), "alt": kind}}
	}
	host := "events.pagerduty.com"
	if b.Region == "eu" {
		host = "events.eu.pagerduty.com"
	}
	return posted("PagerDuty", "https://"+host+"/v2/enqueue", "application/json", body, http.Header{"Authorization": {"Token token=" + b.APIKey}})
}

// opsgenie creates an alert, one for each of those who are to hear of it unless they are told together.
func opsgenie(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	b := struct {
		APIKey      string            `json:"apikey"`
		Users       []string          `json:"target_user"`
		Teams       []string          `json:"target_team"`
		Schedules   []string          `json:"target_schedule"`
		Escalations []string          `json:"target_escalation"`
		Region      string            `json:"region_name"`
		Batch       bool              `json:"batch"`
		Tags        []string          `json:"tags"`
		Priority    int               `json:"priority"`
		Alias       string            `json:"alias"`
		Entity      string            `json:"entity"`
		Details     map[string]string `json:"details"`
		NotifyType  string            `json:"notify_type"`
	}{Priority: 3}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.APIKey == "" {
		return nil, missing("apikey")
	}
	text := trimmed(m)
	details := map[string]string{}
	for name, value := range b.Details {
		details[name] = value
	}
	details["type"] = kindOr(b.NotifyType)
	body := object{
		"source": appName, "message": text.Subject, "description": text.Body, "details": details, "priority": "P" + strconv.Itoa(b.Priority),
	}
	if text.Subject == "" {
		body["message"] = text.Body
	}
	if tags := words(b.Tags); len(tags) > 0 {
		body["tags"] = tags
	}
	for name, value := range map[string]string{"entity": b.Entity, "alias": b.Alias} {
		if value != "" {
			body[name] = value
		}
	}
	host := "api.opsgenie.com"
	if b.Region == "eu" {
		host = "api.eu.opsgenie.com"
	}
	var groups [][]object
	all := responders(b.Teams, b.Schedules, b.Users, b.Escalations)
	switch {
	case len(all) == 0:
		groups = [][]object{nil}
	case b.Batch:
		groups = [][]object{all}
	default:
		for _, one := range all {
			groups = append(groups, []object{one})
		}
	}
	p := &plan{service: "Opsgenie"}
	for _, group := range groups {
		if group != nil {
			body["responders"] = group
		}
		r, err := jsonRequest("https://"+host+"/v2/alerts", appName, "application/json", body, http.Header{"Authorization": {"GenieKey " + b.APIKey}})
		if err != nil {
			return nil, err
		}
		p.requests = append(p.requests, r)
	}
	return p, nil
}

func responders(teams, schedules, users, escalations []string) []object {
	var all []object
	add := func(kind, field string, names []string) {
		for _, name := range names {
			all = append(all, object{"type": kind, field: name})
		}
	}
	add("team", "name", teams)
	add("schedule", "name", schedules)
	add("user", "username", users)
	add("escalation", "name", escalations)
	return all
}

var notDigits = regexp.MustCompile(`[^0-9]`)

// twilio sends a text message to each number.
func twilio(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	var b struct {
		Account string   `json:"account_sid"`
		Token   string   `json:"auth_token"`
		From    string   `json:"from_phone_number"`
		To      []string `json:"to_phone_numbers"`
	}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.Account == "" || b.Token == "" {
		return nil, missing("auth_token")
	}
	from := notDigits.ReplaceAllString(b.From, "")
	if len(from) > 6 {
		from = "+" + from
	}
	p := &plan{service: "Twilio"}
	for _, to := range b.To {
		digits := notDigits.ReplaceAllString(to, "")
		if len(digits) < 10 || len(digits) > 14 {
			continue
		}
		form := url.Values{"Body": {joined(trimmed(m))}, "From": {from}, "To": {"+" + digits}}
		p.requests = append(p.requests, request{
			method: http.MethodPost, url: "https://api.twilio.com/2010-04-01/Accounts/" + url.PathEscape(b.Account) + "/Messages.json", body: form.Encode(),
			header: http.Header{"User-Agent": {appName}, "Content-Type": {"application/x-www-form-urlencoded"}}, user: url.UserPassword(b.Account, b.Token),
		})
	}
	if len(p.requests) == 0 {
		return nil, &Error{Log: "There is no phone number to send to."}
	}
	return p, nil
}

// sendgrid sends a mail to each address, or to the sender where there is none.
func sendgrid(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	var b struct {
		APIKey string   `json:"api_key"`
		From   string   `json:"sender_email"`
		To     []string `json:"to_emails"`
	}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.APIKey == "" || b.From == "" {
		return nil, missing("sender_email")
	}
	if len(b.To) == 0 {
		b.To = []string{b.From}
	}
	text := trimmed(m)
	if text.Subject == "" {
		text.Subject = "<no subject>"
	}
	p := &plan{service: "SendGrid"}
	for _, to := range b.To {
		r, err := jsonRequest("https://api.sendgrid.com/v3/mail/send", appName, "application/json", object{
			"personalizations": []object{{"to": []object{{"email": to}}}}, "from": object{"email": b.From}, "subject": text.Subject,
			"content": []object{{"type": "text/html", "value": text.Body}},
		}, http.Header{"Authorization": {"Bearer " + b.APIKey}})
		if err != nil {
			return nil, err
		}
		p.requests = append(p.requests, r)
	}
	return p, nil
}
