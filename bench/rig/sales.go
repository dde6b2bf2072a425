package rig

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// MakeAutomations makes as many automations as are missing; others that are there stay. Each waits for the sales of one shop and
// counts them, of which there are never enough.
func (a *API) MakeAutomations(ctx context.Context, n int) error {
	type object = map[string]any
	var there int
	filter := object{"automations": object{"tags": object{"all_": []string{"bench-shop"}}}}
	if err := a.Call(ctx, "POST", "/automations/count", filter, &there, 200); err != nil {
		return err
	}
	for i := there; i < n; i++ {
		body := object{
			"name": fmt.Sprintf("bench shop %d", i), "tags": []string{"bench-shop"}, "actions": []object{{"type": "do-nothing"}},
			"trigger": object{
				"type": "event", "posture": "Reactive", "expect": []string{"bench.sale"}, "threshold": 1_000_000_000, "within": 86400,
				"match": object{"prefect.resource.id": fmt.Sprintf("bench.shop.%d", i)},
			},
		}
		if err := a.Call(ctx, "POST", "/automations/", body, nil, 201); err != nil {
			return err
		}
	}
	return nil
}

// AppendSale adds an event for which one of the automations of MakeAutomations waits.
func AppendSale(to []byte, id uuid.UUID, shop int) []byte {
	return fmt.Appendf(to, `{"id":"%s","occurred":"%s","event":"bench.sale","resource":{"prefect.resource.id":"bench.shop.%d","prefect.resource.name":"shop %d",`+
		`"country":"north"},"related":[{"prefect.resource.id":"bench.region.%d","prefect.resource.role":"region"}],"payload":{"amount":12.5,"currency":"EUR"}}`,
		id, time.Now().UTC().Format(ISO), shop, shop, shop%10)
}
