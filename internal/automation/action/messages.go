package action

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/notification"
	"praetor/internal/prefect"
)

// block gives the block of a message and its type; what is wrong with it is a failure.
func (d *deed) block(ctx context.Context, id uuid.UUID) (document *prefect.BlockDocument, slug string, err error) {
	if document, err = d.Operations.Block(ctx, id); err != nil {
		return nil, "", err
	}
	if document == nil {
		return nil, "", failure(Answer{Status: 404}.reason(d.t.Action.Is.ActionType()))
	}
	if document.BlockType != nil {
		slug = document.BlockType.Slug
	}
	return document, slug, nil
}

// used notes a block that the action is done with.
func (d *deed) used(document *prefect.BlockDocument, slug string) {
	d.touch("prefect.block-document."+document.ID.String(), "block", document.Name)
	d.touch("prefect.block-type."+slug, "block-type", "")
}

// loaded tells of a block that is valid, whether it is one for the action or not.
func (d *deed) loaded(ctx context.Context, document *prefect.BlockDocument, slug string) error {
	if d.t.Attempts > 1 {
		return nil // it was told at the first attempt
	}
	return d.Operations.Emit(ctx, events.BlockLoaded(document, slug, prefect.TimeOf(d.Clock())))
}

func invalid(what string, err error) error {
	var wrong *notification.InvalidError
	if errors.As(err, &wrong) {
		return failure("The " + what + " block was invalid: " + notification.Raised(err))
	}
	return err
}

func (d *deed) sendNotification(ctx context.Context, a *prefect.SendNotification) error {
	document, slug, err := d.block(ctx, a.BlockDocumentID)
	if err != nil {
		return err
	}
	if err := d.Sender.Check(slug, document.Data); err != nil {
		return invalid("notification", err)
	}
	if err := d.loaded(ctx, document, slug); err != nil {
		return err
	}
	if !notification.CanNotify(slug) {
		return failure("The referenced block was not a notification block")
	}
	d.used(document, slug)
	texts, err := d.render(ctx, a.Subject, a.Body)
	if err != nil {
		return err
	}
	err = d.Sender.Notify(ctx, slug, document.Data, notification.Message{Subject: texts[0], Body: texts[1]})
	var undelivered *notification.Error
	if errors.As(err, &undelivered) {
		d.outcome.Details["notification_log"] = undelivered.Log
		return &failedError{reason: "Notification failed", temporary: undelivered.Temporary}
	}
	return invalid("notification", err)
}

func (d *deed) callWebhook(ctx context.Context, a *prefect.CallWebhook) error {
	document, slug, err := d.block(ctx, a.BlockDocumentID)
	if err != nil {
		return err
	}
	if slug == "webhook" {
		err = d.Sender.CheckWebhook(document.Data)
	} else {
		err = d.Sender.Check(slug, document.Data)
	}
	if err != nil {
		return invalid("webhook", err)
	}
	if err := d.loaded(ctx, document, slug); err != nil {
		return err
	}
	if slug != "webhook" {
		return failure("The referenced block was not a webhook block")
	}
	d.used(document, slug)
	texts, err := d.render(ctx, a.Payload)
	if err != nil {
		return err
	}
	answer, err := d.Sender.Call(ctx, document.Data, texts[0])
	var undelivered *notification.Error
	if errors.As(err, &undelivered) {
		return &failedError{reason: "Webhook call failed: " + notification.Raised(err), temporary: undelivered.Temporary}
	}
	if err != nil {
		return invalid("webhook", err)
	}
	headers := map[string]string{}
	for name, values := range answer.Header {
		if name = strings.ToLower(name); !isNoise(name) {
			headers[name] = strings.Join(values, ", ")
		}
	}
	d.outcome.Details["status_code"] = answer.Status
	d.outcome.Details["response_body"] = shortened(strings.ToValidUTF8(answer.Body, "\ufffd"))
	d.outcome.Details["response_headers"] = headers
	return nil
}

// isNoise tells of headers that are secret or say nothing of the answer.
func isNoise(name string) bool {
	switch name {
	case "authorization", "traceparent", "via":
		return true
	}
	for _, prefix := range []string{"x-forwarded", "x-b3", "x-cloud-trace", "x-envoy", "x-prefect"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// shortened is a text of about 1000 characters: of a longer one the middle is left out.
func shortened(text string) string {
	const most = 1000
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	omitted := len(runes) - most
	shorter := string(runes[:most/2]) + "..." + strconv.Itoa(omitted) + " additional characters..." + string(runes[len(runes)-most/2:])
	if len([]rune(shorter)) < len(runes) {
		return shorter
	}
	return text
}
