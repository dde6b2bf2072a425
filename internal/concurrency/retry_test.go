package concurrency

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClampedPoissonStaysInItsBounds(t *testing.T) {
	const average, tries = 10.0, 4000
	for _, factor := range []float64{0.1, 0.3, 0.5, 2, 60} {
		below, sum := 0, 0.0
		for range tries {
			v := ClampedPoisson(average, factor)
			require.GreaterOrEqual(t, v, 0.0)
			require.LessOrEqual(t, v, average*(1+factor)+1e-6)
			if v < average {
				below++
			}
			sum += v
		}
		require.InDelta(t, average, sum/tries, average/2, "factor %v", factor)
		require.Greater(t, below, tries/10, "factor %v", factor)
	}
	require.InDelta(t, 0, ClampedPoisson(0, 0.3), 0)
}
