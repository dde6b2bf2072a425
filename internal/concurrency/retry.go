package concurrency

import (
	"math"
	"math/rand/v2"

	"praetor/internal/prefect"
)

// retryJitter is by how much, of itself, a wait may exceed its average. The number is the reference's.
const retryJitter = 0.3

// RetryAfter is in how many seconds to ask again for so many slots of limits, of which at least one is full. It is about
// as long as the fullest of them takes to free them, and random, so that those who wait do not come all at once.
func (w Waits) RetryAfter(limits []prefect.ConcurrencyLimitV2, slots int64) float64 {
	var fullest *prefect.ConcurrencyLimitV2
	most := -1.0
	for i := range limits {
		l := &limits[i]
		if !l.Active {
			continue
		}
		blocking := float64(slots + l.DeniedSlots)
		if l.SlotDecayPerSecond <= 0 {
			blocking /= float64(max(l.Limit, 1))
		}
		if blocking > most {
			fullest, most = l, blocking
		}
	}
	switch {
	case fullest == nil:
		return 0
	case fullest.SlotDecayPerSecond > 0:
		return ClampedPoisson(most/fullest.SlotDecayPerSecond, retryJitter)
	}
	longest := w.longest(fullest)
	return ClampedPoisson(math.Min(math.Min(fullest.AvgSlotOccupancySeconds, longest)*most, longest), retryJitter)
}

// ClampedPoisson is a random interval around the average: exponentially distributed, and cut off so that it is at most
// 1+factor times the average and its median stays the average's.
func ClampedPoisson(average, factor float64) float64 {
	upper := 1 + factor
	lower := 0.0
	if upper < 50 {
		lower = math.Log2(math.Max(math.Pow(2, upper)/(math.Pow(2, upper)-1), 1e-10))
	}
	cdf := func(multiple float64) float64 { return 1 - math.Exp(-multiple) }
	from, to := cdf(math.Max(0, lower)), cdf(upper)
	return -math.Log(math.Max(1-(from+rand.Float64()*(to-from)), 1e-10)) * average
}
