package notification

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"praetor/internal/prefect"
)

// Sender sends notifications. Close it when it is no longer used.
type Sender struct {
	clients clients
	// public forbids inner addresses for everything, whatever blocks allow.
	public bool
	now    func() time.Time
}

// NewSender makes a sender. With publicOnly, nothing is sent to private, loopback and link-local addresses.
func NewSender(publicOnly bool, now func() time.Time) *Sender {
	return &Sender{clients: newClients(), public: publicOnly, now: now}
}

// Close ends idle connections.
func (s *Sender) Close() { s.clients.close() }

// Message is what is to be told.
type Message struct{ Subject, Body string }

// InvalidError tells that a block cannot be used: its values do not do.
type InvalidError struct{ Class, Message string }

func (e *InvalidError) Error() string { return e.Class + ": " + e.Message }

// Error tells that a message was not delivered.
type Error struct {
	// Log says what happened, for people.
	Log string
	// Temporary tells that another try may help, and that nothing was delivered yet.
	Temporary bool
	// Raised is the error as the reference's exception where its block raises one of its own, or empty.
	Raised string
}

func (e *Error) Error() string { return e.Log }

// request is one HTTP request by which a message is told.
type request struct {
	method, url string
	header      http.Header
	body        string
	user        *url.Userinfo
}

// plan is how a block tells a message.
type plan struct {
	service  string // its name for people
	requests []request
	// guarded forbids inner addresses; checked is what is looked at before.
	guarded bool
	// asIs is for a request whose redirects are not followed and whose errors are the block's own.
	asIs    bool
	timeout time.Duration // 0: maxWait
}

// CanNotify tells whether a block type can send notifications.
func CanNotify(slug string) bool {
	_, ok := planners()[slug]
	return ok || slug == mailBlock
}

func planners() map[string]func(prefect.Object, Message, time.Time) (*plan, error) {
	return map[string]func(prefect.Object, Message, time.Time) (*plan, error){
		"slack-webhook": slack, "ms-teams-webhook": teams, "discord-webhook": discord, "mattermost-webhook": mattermost, "opsgenie-webhook": opsgenie,
		"pager-duty-webhook": pagerDuty, "twilio-sms": twilio, "sendgrid-email": sendgrid, "custom-webhook": custom,
	}
}

// Check tells whether a block of the type can be used with the values: an *InvalidError says why not.
func (s *Sender) Check(slug string, data prefect.Object) error {
	if slug == mailBlock {
		_, err := readMailServer(data)
		return err
	}
	planned, ok := planners()[slug]
	if !ok {
		return nil
	}
	_, err := planned(data, Message{}, s.now())
	var undelivered *Error
	if errors.As(err, &undelivered) {
		return nil // it will be told when a message is to be sent
	}
	return err
}

// Notify tells a message by a block of the type with the values, its secrets in the clear. Errors are *InvalidError, *Error,
// or the context's.
func (s *Sender) Notify(ctx context.Context, slug string, data prefect.Object, m Message) error {
	if slug == mailBlock {
		return s.mail(ctx, data, m)
	}
	planned, ok := planners()[slug]
	if !ok {
		return &InvalidError{"TypeError", "blocks of the type " + slug + " send no notifications"}
	}
	p, err := planned(data, m, s.now())
	if err != nil {
		return err
	}
	guarded := p.guarded || s.public
	for i := range p.requests {
		if guarded {
			if err := checkURL(ctx, p.requests[i].url); err != nil {
				return refused(p, err)
			}
		}
		answer, err := s.send(ctx, &p.requests[i], p.timeout, guarded, true, !p.asIs)
		if err != nil {
			return undelivered(ctx, p, err, i > 0)
		}
		if answer.Status < 200 || answer.Status > 299 {
			return rejected(p, answer, i > 0)
		}
	}
	return nil
}

func refused(p *plan, err error) error {
	failure := &Error{Log: err.Error()}
	if p.asIs {
		failure.Raised = raised("ValueError", err.Error())
	}
	return failure
}

func undelivered(ctx context.Context, p *plan, err error, begun bool) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	class, message, temporary := explained(err)
	failure := &Error{Log: "A connection error occurred sending the " + p.service + " notification: " + message, Temporary: temporary && !begun}
	if p.asIs {
		failure.Raised = raised(class, message)
	}
	return failure
}

func rejected(p *plan, answer *Answer, begun bool) error {
	failure := &Error{
		Log:       fmt.Sprintf("Failed to send the %s notification: %s, error=%d. %s", p.service, http.StatusText(answer.Status), answer.Status, shortened(answer.Body)),
		Temporary: isTemporary(answer.Status) && !begun,
	}
	if p.asIs {
		kind := map[int]string{1: "Informational response", 3: "Redirect response", 4: "Client error", 5: "Server error"}[answer.Status/100]
		failure.Raised = raised("HTTPStatusError", fmt.Sprintf("%s '%d %s' for url", kind, answer.Status, http.StatusText(answer.Status)))
	}
	return failure
}

// isTemporary tells that the other side took nothing and may do so later.
func isTemporary(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

func shortened(text string) string {
	const most = 300
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// explained puts an error of a request into the class that the reference's client would have raised, and tells whether the other
// side cannot have seen the request.
func explained(err error) (class, message string, unseen bool) {
	var restricted *RestrictedError
	var operation *net.OpError
	var wrapped *url.Error
	if errors.As(err, &wrapped) { // its text holds the address, which may be a secret
		err = wrapped.Err
	}
	var timeout net.Error
	isTimeout := errors.As(err, &timeout) && timeout.Timeout()
	switch {
	case errors.As(err, &restricted):
		return "ConnectError", restricted.Message, false
	case errors.As(err, &operation) && operation.Op == "dial" && isTimeout:
		return "ConnectTimeout", "", true
	case errors.As(err, &operation) && operation.Op == "dial":
		return "ConnectError", err.Error(), true
	case isTimeout, errors.Is(err, context.DeadlineExceeded):
		return "ReadTimeout", "", false
	}
	return "ConnectError", err.Error(), false
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string // cut to a bound
}

// send makes one request. Redirects are followed where that is asked for.
func (s *Sender) send(ctx context.Context, r *request, timeout time.Duration, guarded, verified, redirects bool) (*Answer, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, min(timeout, maxWait))
		defer cancel()
	}
	if !redirects {
		ctx = context.WithValue(ctx, noRedirects{}, true)
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	maps.Copy(sent.Header, r.header)
	if r.user != nil {
		password, _ := r.user.Password()
		sent.SetBasicAuth(r.user.Username(), password)
	}
	if host := sent.Header.Get("Host"); host != "" {
		sent.Host = host
	}
	got, err := s.clients.of(guarded, verified).Do(sent)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	if err != nil && len(body) == 0 {
		return nil, err
	}
	return &Answer{got.StatusCode, got.Header, string(body)}, nil
}
