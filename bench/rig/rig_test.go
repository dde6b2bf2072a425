package rig

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	p, err := parseStat([]byte("42 (a) b (c)) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 10 5 20 0 3 0 100 1 1\n"))
	require.NoError(t, err)
	require.Equal(t, process{parent: 7, cpu: 2150 * time.Millisecond}, p)
	for _, broken := range []string{"", "42 (name) S 7", "42 (name) S x 42 42 0 -1 4194304 1 2 3 4 150 50 10 5 20"} {
		_, err := parseStat([]byte(broken))
		require.Error(t, err, broken)
	}
}
