package number_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/schedule/number"
)

func TestDigits(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "007": 7, "٤٢": 42, "１２３": 123, "𝟗𝟘": 90, strings.Repeat("9", 4300): 1000} {
		n, ok := number.Digits(text, 1000)
		require.True(t, ok, text)
		require.Equal(t, want, n, text)
	}
	for _, text := range []string{"", "-1", "+1", "1_0", "a", "²", strings.Repeat("0", 4301)} {
		_, ok := number.Digits(text, 1000)
		require.False(t, ok, text)
	}
}
