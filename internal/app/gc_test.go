package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoomForGarbageIsBounded(t *testing.T) {
	require.Equal(t, 1000, percentFor(0))
	require.Equal(t, 400, percentFor(5<<20))
	require.Equal(t, 100, percentFor(20<<20))
	require.Equal(t, 100, percentFor(2<<30), "a large heap grows as Go lets it")
}
