package api

import (
	"context"
	"slices"

	"praetor/internal/bus"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// cleansUp tells whether a worker may be asked to take infrastructure down.
func cleansUp(hello *prefect.WorkerHelloPayload) bool {
	return slices.Contains(hello.RequestedCapabilities, prefect.CleanupCapability) && len(hello.HandledCleanupKinds) > 0 && hello.MaxCleanupConcurrency > 0
}

func (s *Server) cleanups() workpool.Cleanups {
	return workpool.Cleanups{Lease: s.settings.WorkerChannel.CleanupLease, MaxDeliveries: s.settings.WorkerChannel.CleanupMaxDeliveries}
}

// askForCleanups asks the worker for as much as it has time for.
func (c *workerChannel) askForCleanups(ctx context.Context) error {
	for c.hasTime() {
		// A cleanup that is reserved must be noted, whatever ends meanwhile: until its lease ends nobody else is asked.
		found, err := write(context.WithoutCancel(ctx), c.s, func(tx *store.Tx) (*prefect.Cleanup, error) {
			return c.s.cleanups().Reserve(ctx, tx, c.poolID, c.hello.HandledCleanupKinds, c.queues)
		})
		if err != nil {
			return &channelError{closeTransient}
		}
		if found == nil {
			return nil
		}
		c.cleanups.Lock()
		c.asked[found.ID] = *found.LeaseExpires
		c.cleanups.Unlock()
		err = send(ctx, c.conn, &prefect.CleanupMessage{ChannelFrame: c.s.frame(prefect.CleanupMessageType), Payload: prefect.CleanupMessagePayload{
			MessageID: found.ID, ReservationToken: *found.Token, LeaseExpiresAt: *found.LeaseExpires, DeliveryCount: found.Deliveries,
			WorkQueueID: found.WorkQueueID, Data: prefect.Object("{}"), Kind: found.Kind,
			Target: prefect.CleanupTarget{FlowRunID: found.FlowRunID, InfrastructurePID: found.InfrastructurePID},
		}})
		if err != nil {
			reason := "connection_unavailable"
			_, _ = c.answer(context.WithoutCancel(ctx), workpool.CleanupAnswer{Operation: "release", ID: found.ID, Token: *found.Token, Reason: &reason}) // else its lease ends
			return err
		}
	}
	return nil
}

// hasTime tells whether the worker may be asked for more. What it did not answer for in time does not count.
func (c *workerChannel) hasTime() bool {
	if c.asked == nil {
		return false
	}
	c.cleanups.Lock()
	defer c.cleanups.Unlock()
	now := c.s.clock()
	for id, until := range c.asked {
		if !until.After(now) {
			delete(c.asked, id)
		}
	}
	return int64(len(c.asked)) < c.hello.MaxCleanupConcurrency
}

// answer takes what a worker says of a cleanup, and tells others when another is to be asked.
func (c *workerChannel) answer(ctx context.Context, a workpool.CleanupAnswer) (prefect.CleanupResultPayload, error) {
	again := false
	result, err := write(ctx, c.s, func(tx *store.Tx) (result prefect.CleanupResultPayload, err error) {
		result, again, err = c.s.cleanups().Answer(ctx, tx, c.poolID, a)
		return result, err
	})
	if err == nil && again {
		c.s.bus.Publish(bus.Cleanups, c.poolID.String())
	}
	return result, err
}

// cleanup takes a worker's frame about a cleanup.
func (c *workerChannel) cleanup(ctx context.Context, message []byte) error {
	var in struct {
		Body prefect.CleanupOperation `body:""`
	}
	problems, f := decodeMessage(message, &in), &in.Body
	release := f.Type == prefect.CleanupReleaseType
	if len(problems) > 0 || release != (f.Payload.Reason != nil) {
		return &channelError{closeProtocol}
	}
	operation := map[string]string{prefect.CleanupAckType: "ack", prefect.CleanupReleaseType: "release", prefect.CleanupRenewType: "renew"}[f.Type]
	result, reason := prefect.CleanupResultPayload{MessageID: f.Payload.MessageID, Operation: operation}, ""
	if c.asked == nil {
		reason = "cleanup_delivery_not_accepted"
		result.Status, result.Reason = "unauthorized", &reason
	} else {
		var err error
		result, err = c.answer(ctx, workpool.CleanupAnswer{Operation: operation, ID: f.Payload.MessageID, Token: f.Payload.ReservationToken, Reason: f.Payload.Reason})
		if err != nil {
			reason = "cleanup_queue_operation_failed"
			result = prefect.CleanupResultPayload{MessageID: f.Payload.MessageID, Operation: operation, Status: "error", Reason: &reason}
		}
	}
	result.RequestFrameID = f.ID
	if err := send(ctx, c.conn, &prefect.CleanupResult{ChannelFrame: c.s.frame(prefect.CleanupResultType), Payload: result}); err != nil {
		return err
	}
	c.note(&result)
	return nil
}

// note keeps what the worker is busy with, after the answer to it.
func (c *workerChannel) note(result *prefect.CleanupResultPayload) {
	if c.asked == nil || result.Status == "error" || result.Status == "invalid_token" {
		return
	}
	c.cleanups.Lock()
	defer c.cleanups.Unlock()
	if result.LeaseExpiresAt != nil {
		c.asked[result.MessageID] = *result.LeaseExpiresAt
		return
	}
	delete(c.asked, result.MessageID)
	select {
	case c.free <- struct{}{}:
	default:
	}
}
