package memory_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/bus"
	"praetor/internal/bus/memory"
)

func note(topic bus.Topic, text string) bus.Note { return bus.Note{Topic: topic, Text: text} }

func lost(topic bus.Topic) bus.Note { return bus.Note{Topic: topic, Lost: true} }

func TestNotesComeOnceUntilTheyAreTaken(t *testing.T) {
	var b memory.Bus
	b.Publish("a", "before")
	one, both := b.Subscribe("a"), b.Subscribe("a", "b")
	defer one.Close()
	defer both.Close()
	b.Publish("a", "1", "2", "1")
	b.Publish("b")
	b.Publish("a", "1")
	b.PublishToOthers("a", "3")

	require.Len(t, one.Ready(), 1)
	require.Equal(t, []bus.Note{note("a", "1"), note("a", "2")}, one.Take())
	require.Equal(t, []bus.Note{note("a", "1"), note("a", "2"), note("b", "")}, both.Take())
	require.Empty(t, one.Take())
	b.Publish("a", "1")
	got, err := one.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, []bus.Note{note("a", "1")}, got, "it was taken, so it comes again")

	one.Close()
	b.Publish("a", "4")
	require.Empty(t, one.Take())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = one.Next(ended)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAFullSubscriptionHoldsALoss(t *testing.T) {
	var b memory.Bus
	s := b.Subscribe("a", "b")
	defer s.Close()
	b.Publish("b", "x")
	for i := range 100_000 {
		b.Publish("a", strconv.Itoa(i))
	}
	require.Equal(t, []bus.Note{lost("b"), lost("a")}, s.Take())
	b.Publish("a", "1")
	require.Equal(t, []bus.Note{note("a", "1")}, s.Take())
	b.Publish("a", strings.Repeat("x", bus.MaxText+1), "1")
	require.Equal(t, []bus.Note{lost("a")}, s.Take(), "too long a text is one")
	b.Lose()
	require.ElementsMatch(t, []bus.Note{lost("a"), lost("b")}, s.Take())
}

func TestIDsGoThroughTexts(t *testing.T) {
	var ids, back []uuid.UUID
	for range 1000 {
		ids = append(ids, uuid.New())
	}
	texts := bus.PackIDs(ids)
	require.Len(t, texts, 6)
	for _, text := range texts {
		require.LessOrEqual(t, len(text), bus.MaxText)
		some, err := bus.UnpackIDs(text)
		require.NoError(t, err)
		back = append(back, some...)
	}
	require.Equal(t, ids, back)
	require.Empty(t, bus.PackIDs(nil))
	for _, wrong := range []string{"?", "AAAA"} {
		_, err := bus.UnpackIDs(wrong)
		require.Error(t, err)
	}
}
